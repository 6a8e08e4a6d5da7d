# Read by bash before a script, through BASH_ENV: each az the script runs leaves one line in
# $AZ_RECORD with its exit status, the words that name the command, and what it said.
az() {
    local words='' word status=0 said
    for word; do
        [[ $word == -* ]] && break
        words+="${words:+ }$word"
    done
    said=$(mktemp)
    "$ACIWIZARD_TEST_AZ" "$@" 2>"$said" || status=$?
    printf '%s\t%s\t%s\n' "$status" "$words" "$(tr '\n\t' '  ' <"$said")" >>"$AZ_RECORD"
    rm -f "$said"
    return "$status"
}
