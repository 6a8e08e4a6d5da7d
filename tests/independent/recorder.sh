# Read by bash before a script, through BASH_ENV: each az the script runs leaves in $AZ_RECORD its
# exit status, the words that name the command, and what it said.
az() {
    local words='' word status=0 said
    for word; do
        [[ $word == -* ]] && break
        words+="${words:+ }$word"
    done
    said=$(mktemp)
    "$ACIWIZARD_TEST_AZ" "$@" 2>"$said" || status=$?
    printf '%s\t%s\t%s\0' "$status" "$words" "$(<"$said")" >>"$AZ_RECORD"
    rm -f "$said"
    return "$status"
}
