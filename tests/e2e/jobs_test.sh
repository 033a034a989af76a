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
<-c></etc/closebook/closebook.yaml><weekly>
<-q><-c></etc/closebook/closebook.yaml><close><status><--json>"

# Months in closebook's place: $work/months has a line "PERIOD STATE BLOCKERS" each; steps move a month on, `refused` says no.
cat >"$work/bin/months" <<'STUB'
#!/bin/bash
echo "$*" >>"$CALLS"
while [[ $1 == -* ]]; do [[ $1 == -c ]] && shift; shift; done
period=$(sed -n 's/.*--period \([0-9-]*\).*/\1/p' <<<"$*")
case "$1 ${2-}" in
"close status")
	echo '['
	while read -r month state _; do
		[[ -n $period && $month != "$period" ]] ||
			printf '  {\n    "period": "%s",\n    "state": "%s",\n    "frozen_by": "x"\n  },\n' "$month" "$state"
	done <"$MONTHS"
	echo ']'
	;;
"close check")
	blockers=$(awk -v p="$period" '$1 == p { $1 = $2 = ""; print }' "$MONTHS" | sed 's/^ *//')
	[[ $blockers != broken ]] || exit 69
	echo "${blockers:-nothing stands in the way}"
	[[ -z $blockers || $* != *--check* ]] || exit 1
	;;
"close approve") [[ ! -e $MONTHS.refuse ]] || { echo "error: not you" >&2 && exit 77; } ;;&
"close freeze" | "close approve" | "close post")
	declare -A then=([freeze]=frozen [approve]=approved [post]=posted)
	sed -i "s/^$period [a-z]*/$period ${then[$2]}/" "$MONTHS"
	;;
*) echo "$1 $period" ;;
esac
STUB
chmod +x "$work/bin/months"
export MONTHS=$work/months
months() { # JOB ARGUMENT…: what the months' file on stdin makes of it
	cat >"$MONTHS"
	: >"$CALLS"
	CLOSEBOOK=$work/bin/months "$jobs/$1" "${@:2}" 2>&1 </dev/null
	echo "exit $?"
}
check "the reminder is silent when all is posted, or still to come" "$(months reminder <<<$'2026-01 posted\n9999-01 open unsigned_variance')" "exit 0"
check "nor does it speak of months before the books begin" "$(months reminder <<<$'2025-12 open unsigned_variance\n2026-01 posted')" "exit 0"
check "it says what is in the way of others, the earliest first" "$(months reminder -c x <<<$'2026-02 frozen\n2026-01 open unsigned_variance: sales')" \
	$'2026-01 is open. In the way:\nunsigned_variance: sales\n\n2026-02 is frozen and nothing stands in the way. Next: approve (a closebook_approver who did not freeze it)\n\nexit 0'
check "options go before the command" "$(sed -n 1p "$CALLS")" "-q -c x close status --json"
check "a month that cannot be checked is a failure" "$(months reminder <<<$'2026-01 open broken')" "exit 74"

check "month-end only tells where nobody can be asked" "$(months month-end 2026-01 <<<'2026-01 open')" \
	$'== 2026-01 is open\nnothing stands in the way\nNext: freeze, by a closebook_preparer\nexit 0'
check "a month that was never reconciled is open" "$(months month-end 2026-03 <<<'2026-01 open' | head -1)" "== 2026-03 is open"
check "with --yes it walks to the end" "$(months month-end 2026-01 --yes -c x <<<'2026-01 open')" \
	"$(printf '%s\n' '== 2026-01 is open' 'nothing stands in the way' 'Next: freeze, by a closebook_preparer' \
		'== 2026-01 is frozen' 'nothing stands in the way' 'Next: approve, by a closebook_approver who did not freeze it' \
		'== 2026-01 is approved' 'Next: post, by a closebook_preparer or closebook_approver' \
		'== 2026-01 is posted' 'verify 2026-01' 'journal 2026-01' 'exit 0')"
check "run again it only proves" "$(months month-end 2026-01 --yes <<<'2026-01 posted')" $'== 2026-01 is posted\nverify 2026-01\njournal 2026-01\nexit 0'
touch "$MONTHS.refuse"
check "what the database refuses ends it, with the database's words" "$(months month-end 2026-01 --yes <<<'2026-01 frozen' | tail -2)" $'error: not you\nexit 77'
check "month-end needs a month" "$(months month-end <<<'')" $'Usage: month-end YYYY-MM [--yes] [OPTION…]\nexit 64'

# systemd
cat >"$work/bin/sendmail" <<'STUB'
#!/bin/sh
cat >"$MAILED"
STUB
chmod +x "$work/bin/sendmail"
export MAILED=$work/mail SENDMAIL=$work/bin/sendmail
check "mailed is silent when the job is" "$(MAILTO=a@example.com "$jobs/mailed" job true; echo $?)$(cat "$MAILED" 2>&1)" "0cat: $MAILED: No such file or directory"
check "it mails what a job says, and says it" "$(MAILTO=a@example.com "$jobs/mailed" job sh -c 'echo news; echo bad >&2; exit 65'; echo $?)
$(sed 2d "$MAILED")" $'news\nbad\n65\nTo: a@example.com\nContent-Type: text/plain; charset=utf-8\n\nnews\nbad'
make --no-print-directory install DESTDIR="$work/root" PREFIX=/opt/cb >"$work/install.log" 2>&1 || cat "$work/install.log"
check "install ships every job and unit, under its prefix" \
	"$(cd "$work/root/opt/cb" && echo share/closebook/jobs/* lib/systemd/system/*; grep -rl /usr/local lib/systemd/system)" \
	"$(cd jobs && for job in *; do [[ -d $job ]] || echo "share/closebook/jobs/$job"; done | xargs) $(cd jobs && printf 'lib/%s\n' systemd/* | sed 's|systemd|&/system|' | xargs)"
if command -v systemd-analyze >/dev/null; then
	units=$work/units
	mkdir "$units"
	for unit in jobs/systemd/*; do sed "s|/usr/local/share/closebook/jobs|$jobs|g" "$unit" >"$units/${unit##*/}"; done
	cp "$units/closebook-failed@.service" "$units/closebook-failed@x.service"
	check "systemd-analyze finds nothing" "$(SYSTEMD_UNIT_PATH=$units: systemd-analyze verify --man=no "$units"/closebook-{nightly,weekly,reminder}.{service,timer} "$units/closebook-failed@x.service" 2>&1 |
		grep closebook)" ""
	check "every timer says when" "$(sed -n 's/^OnCalendar=//p' jobs/systemd/*.timer | while read -r when; do
		systemd-analyze calendar "$when" >/dev/null 2>&1 || echo "$when"
	done)" ""
else
	count=$((count + 1))
	echo "ok $count - systemd-analyze finds nothing # SKIP no systemd"
fi
for unit in jobs/systemd/closebook-{nightly,weekly,reminder}.service; do
	check "${unit##*/} tells when it fails" "$(grep -c '^OnFailure=closebook-failed@%n.service$' "$unit")" 1
done

echo "1..$count"
