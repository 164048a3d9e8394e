#!/usr/bin/env bash
# Shows the whole of it: builds, starts a server on a fresh directory, makes two tenants, imports their
# directories, matches one address book as a caller of each, and stops the server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install-deps.sh
[[ -d build/release ]] || cmake --preset release
cmake --build --preset release --target smart-contactsd smart-contacts smart-contacts-admin

work=$(mktemp -d)
server=
finish() {
  if [[ -n "$server" ]]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; fi
  rm -rf "$work"
}
trap finish EXIT

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
admin() { build/release/client/programs/smart-contacts-admin "$@"; }
phone() { build/release/client/programs/smart-contacts "$@"; }

say "Starting the server on a fresh directory"
build/release/service/smart-contactsd serve --dev --data-directory "$work" \
  --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 2>"$work/log" &
server=$!
for _ in $(seq 100); do
  if grep -q '"serving"' "$work/log"; then break; fi
  kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.1
done
cat "$work/log"
address_of() { sed -n "s/.*\"serving\".*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/log"; }
app=$(address_of listen)
export SMART_CONTACTS_ADMIN_TOKEN_FILE="$work/dev-admin.token"
to_admin=(--server "$(address_of admin_listen)")

say "Two tenants"
admin tenant create acme --sip-domain acme.example --region DE --outside-line-prefix 0 \
  --extension-pattern '[1-9][0-9]{1,5}' --phone-context acme.example "${to_admin[@]}"
admin tenant create globex --sip-domain globex.example --region US --outside-line-prefix 9 \
  --extension-pattern '[1-9][0-9]{1,5}' --phone-context globex.example "${to_admin[@]}"

say "Their directories"
admin directory import acme examples/directory-acme.csv "${to_admin[@]}"
admin directory import globex examples/directory-globex.csv "${to_admin[@]}"

for account in acme:101 globex:4001; do
  tenant=${account%:*}
  aor=sip:${account#*:}@$tenant.example
  say "The address book of $aor, matched against $tenant"
  admin token mint --key-file "$work/dev-signing-key.jwk" --tenant "$tenant" --aor "$aor" >"$work/token"
  phone match examples/address-book.vcf --server "$app" --plaintext --token-file "$work/token" |
    tee "$work/$tenant.matches"
done

say "Nothing crosses tenants"
for pair in acme:globex globex:acme; do
  if grep -q "@${pair#*:}.example" "$work/${pair%:*}.matches"; then
    echo "FAILED: an account of ${pair%:*} was told of a subscriber of ${pair#*:}" >&2
    exit 1
  fi
  echo "no subscriber of ${pair#*:} was shown to the account of ${pair%:*}"
done

say "Stopping the server"
kill -TERM "$server"
wait "$server"
server=
tail -n 1 "$work/log"
