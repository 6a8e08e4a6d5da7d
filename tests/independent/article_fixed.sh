# The article's way from registry to container, with the three things it lacks today.
set -euo pipefail

RES_GROUP=myrg
ACR_NAME=myregistry
AKV_NAME=mykeyvault

VAULT_ID=$(az keyvault create -g $RES_GROUP -n $AKV_NAME --query id -o tsv)

# 1. A new vault goes by Azure roles and gives none to its maker.
az role assignment create \
    --role "Key Vault Secrets Officer" \
    --assignee-object-id "$(az ad sp show --id "$AZURE_CLIENT_ID" --query id -o tsv)" \
    --assignee-principal-type ServicePrincipal \
    --scope "$VAULT_ID" \
    -o none

# 2. Entra shows the password in this one answer.
CREATED=$(az ad sp create-for-rbac \
    --name http://$ACR_NAME-pull \
    --scopes "$(az acr show --name $ACR_NAME --query id --output tsv)" \
    --role acrpull \
    --query '[appId,password]' -o tsv)
{ read -r SP_ID; read -r SP_PASSWORD; } <<<"$CREATED"

az keyvault secret set --vault-name $AKV_NAME --name $ACR_NAME-pull-pwd --value="$SP_PASSWORD" -o none
az keyvault secret set --vault-name $AKV_NAME --name $ACR_NAME-pull-usr --value="$SP_ID" -o none

ACR_LOGIN_SERVER=$(az acr show --name $ACR_NAME --resource-group $RES_GROUP --query loginServer --output tsv)

# 3. Azure guesses neither the system nor how much CPU and memory a container wants.
az container create \
    --name aci-demo2 \
    --resource-group $RES_GROUP \
    --image "$ACR_LOGIN_SERVER/aci-helloworld:v1" \
    --registry-login-server "$ACR_LOGIN_SERVER" \
    --registry-username "$(az keyvault secret show --vault-name $AKV_NAME -n $ACR_NAME-pull-usr --query value -o tsv)" \
    --registry-password="$(az keyvault secret show --vault-name $AKV_NAME -n $ACR_NAME-pull-pwd --query value -o tsv)" \
    --dns-name-label aci-demo-$RANDOM \
    --os-type Linux --cpu 1 --memory 1.5 \
    --query ipAddress.fqdn -o tsv
