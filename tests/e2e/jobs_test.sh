#!/usr/bin/env bash
# The files of jobs/, as TAP: the sample configuration is the one that `init` writes, cron's wrapper waits where waiting
# helps and is silent otherwise, and the crontab calls what there is.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C TZ=UTC
closebook=$(realpath "${CLOSEBOOK:-build/closebook}")
unset CLOSEBOOK CLOSEBOOK_CONFIG CLOSEBOOK_DB_URL
jobs=$PWD/jobs
work=$(mktemp -d)
trap '"$closebook" -c "$work/company/closebook.yaml" db stop >/dev/null 2>&1; rm -rf "$work"' EXIT
chmod 0755 "$work"
mkdir "$work/bin" "$work/sample" "$work/company"

count=0
check() { # DESCRIPTION GOT WANTED
	count=$((count + 1))
	if [[ $2 == "$3" ]]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		diff <(echo "$3") <(echo "$2") | sed 's/^/# /'
	fi
}

# A program in closebook's place: notes each argument, speaks, and exits with the codes of $work/codes, one a call.
cat >"$work/bin/closebook" <<'STUB'
#!/bin/sh
printf '<%s>' "$@" >>"$CALLS"
echo >>"$CALLS"
code=$(head -n 1 "$CODES")
sed -i 1d "$CODES"
[ "${code:-0}" -eq 0 ] || echo "error: try ended with $code" >&2
exit "${code:-0}"
STUB
chmod +x "$work/bin/closebook"
export CALLS=$work/calls CODES=$work/codes
nightly() { # CODES ARGUMENT…
	tr ' ' '\n' <<<"$1" >"$CODES"
	: >"$CALLS"
	shift
	PATH=$work/bin:$PATH CLOSEBOOK_WAIT=0 "$jobs/nightly" "$@" 2>&1
	echo "exit $? after $(wc -l <"$CALLS")"
}

(cd "$work/sample" && "$closebook" init --no-database >/dev/null)
check "jobs/closebook.yaml is what init writes" "$(cat jobs/closebook.yaml)" "$(cat "$work/sample/closebook.yaml")"

check "a night without findings is silent" "$(nightly 0)" "exit 0 after 1"
check "it waits for another run, and forgets having waited" "$(nightly "75 75 0")" "exit 0 after 3"
check "it waits for the database" "$(nightly "69 0")" "exit 0 after 2"
check "it gives up, and says why" "$(nightly "75 69 75 0")" $'error: try ended with 75\nexit 75 after 3'
check "CLOSEBOOK_TRIES is how often" "$(CLOSEBOOK_TRIES=1 nightly "75 0")" $'error: try ended with 75\nexit 75 after 1'
check "what waiting does not mend ends it" "$(nightly "65 0")" $'error: try ended with 65\nexit 65 after 1'
nightly 0 -c "/some where/closebook.yaml" --log json >/dev/null
check "options go before the command" "$(cat "$CALLS")" "<-c></some where/closebook.yaml><--log><json><nightly>"
check "CLOSEBOOK names the program" "$(CLOSEBOOK=$work/bin/closebook "$jobs/nightly"; echo $?)" 0
check "no program, no night" "$(CLOSEBOOK=$work/none CLOSEBOOK_WAIT=0 "$jobs/nightly" >/dev/null; echo $?)" 127

# The real program: it creates and starts the embedded server, which must not keep cron waiting for its output.
printf 'state_dir: %s/state\nout_dir: %s/out\n' "$work" "$work" >"$work/company/closebook.yaml"
said=$(CLOSEBOOK=$closebook timeout 120 "$jobs/nightly" -c "$work/company/closebook.yaml" 2>&1)
check "the first night of an empty company only says where it keeps its database" "$? $said" "0 info: creating a database in $work/state"
said=$(CLOSEBOOK=$closebook timeout 120 "$jobs/nightly" -c "$work/company/closebook.yaml" 2>&1)
check "the second one is silent" "$? $said" "0 "
printf 'sources: [{name: gone, type: events, uri: nowhere}]\n' >>"$work/company/closebook.yaml"
said=$(CLOSEBOOK=$closebook timeout 120 "$jobs/nightly" -c "$work/company/closebook.yaml" 2>&1)
check "a source whose folder is missing is worth a mail" "$? $(sed -n 's/^\(error\): .*source gone: .* \(does not exist\)$/\1 \2/p' <<<"$said")" \
	"78 error does not exist"

# The crontab's commands, as cron would run them, but for where things are installed.
: >"$CALLS"
while read -r _ _ _ _ _ command; do
	command=${command//\\%/%}
	command=${command//\/usr\/local\/share\/closebook\/jobs/$jobs}
	PATH=$work/bin:$PATH sh -c "${command//\/usr\/local\/bin\//}" || echo "# failed: $command"
done < <(grep '^[0-9]' jobs/crontab)
check "the crontab's lines" "$(cat "$CALLS")" "<-c></etc/closebook/closebook.yaml><nightly>
<-c></etc/closebook/closebook.yaml><variance><--period><$(date -u -d yesterday +%Y-%m)>"

echo "1..$count"
