#!/usr/bin/env bash
# Reference data end to end, as TAP: every problem is named with file and line, nothing is loaded by halves, content
# that is in force is told from new, and imported price books live beside the files.
# Each folder refdata/CASE with a file `expected` is refused with exactly these problems.
set -uo pipefail
cd "$(dirname "$0")/refdata" || exit 1
export LC_ALL=C TZ=UTC
closebook=$(realpath "${CLOSEBOOK:-../../../build/closebook}")
work=$(mktemp -d)
trap '"$closebook" -c "$work/closebook.yaml" db stop >/dev/null 2>&1; rm -rf "$work"' EXIT
chmod 0755 "$work"
printf 'state_dir: %s/state\n' "$work" >"$work/closebook.yaml"

run() { "$closebook" -c "$work/closebook.yaml" --as-of 2026-10-15T00:00:00Z "$@"; }
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
# The refused folder's problems: errors that name a file, without the folder's name; hints left out.
problems() { sed -n "s|^error: $1/||p" "$work/log"; }
tables() { run refdata show --json | python3 -c '
import json, sys
state = json.load(sys.stdin)
print(state["refdata_id"], " ".join("%s=%s" % (t["name"], t["rows"]) for t in state["tables"] if t["rows"]))'; }
column() { # NAME COLUMN…
	local name=$1
	shift
	run refdata show "$name" --json | python3 -c '
import json, sys
for row in json.load(sys.stdin)["rows"]:
    print(" ".join(str(row[name]) for name in sys.argv[1:]))' "$@"
}

if ! run db migrate >"$work/log" 2>&1; then
	sed 's/^/# /' "$work/log"
	echo "Bail out! there is no database to test with"
	exit 1
fi
check "nothing is in force at first" "$(tables)" "None "

run refdata apply good >"$work/out" 2>"$work/log"
check "a good folder is loaded" "$? $(cat "$work/out" "$work/log")" "0 reference data 1: 25 rows"
sizes="business_units=3 teams=3 services=2 models=2 prices=5 owners=2 allocations=3 accounts=3 budgets=1 fx=1"
check "all its rows are there" "$(tables)" "1 $sizes"
check "a business unit's row is the one in force" "$(column business_units business_unit_id name threshold_pct)" \
	$'search Search and Ads 2.5\nsupport Support None'
check "a team moves on its day" "$(column teams team_id business_unit_id)" $'chat search\nranking search'
check "providers have one name" "$(column accounts role account)" \
	$'clearing 2100\nclearing:bedrock 2110\nsuspense 1999'

for case in */expected; do
	case=${case%/expected}
	run refdata apply "$case" >"$work/out" 2>"$work/log"
	check "$case: refused" "$? $(cat "$work/out")" "65 "
	check "$case: every problem is named" "$(problems "$case")" "$(cat "$case/expected")"
done
check "nothing was changed" "$(tables)" "1 $sizes"

run refdata apply good >"$work/out" 2>"$work/log"
check "the same content changes nothing" "$? $(cat "$work/out")" \
	"0 reference data 1 has this content already: nothing was changed"
cp -r good "$work/shuffled"
{ head -1 good/services.csv && tail -n +2 good/services.csv | sort -r; } >"$work/shuffled/services.csv"
run refdata apply "$work/shuffled" >"$work/out" 2>"$work/log"
check "the order of rows is no content" "$? $(cat "$work/out")" \
	"0 reference data 1 has this content already: nothing was changed"

run refdata import-prices litellm.json --format litellm --version v1 >"$work/out" 2>"$work/log"
check "a version of prices.csv can't be imported" "$? $(head -1 "$work/log")" \
	'65 error: version "v1" is that of prices.csv, which an import does not mix with'
run refdata import-prices litellm.json --version book >"$work/out" 2>"$work/log"
check "a price book is imported" "$? $(cat "$work/out")" "0 reference data 2: 6 prices as version book"
check "a price that another name of the model overrides is mentioned" "$(grep -c '1 prices that differ' "$work/log")" 1
run refdata import-prices litellm.json --format litellm --version book >"$work/out" 2>"$work/log"
check "once" "$? $(cat "$work/out")" "0 reference data 2 has this content already: nothing was changed"
run refdata import-prices litellm.json >"$work/out" 2>"$work/log"
check "without a name, its digest names it" "$? $(cat "$work/out")" \
	"0 reference data 3: 6 prices as version litellm-$(sha256sum litellm.json | cut -c1-12)"
check "prices are exact and under the canonical model" \
	"$(column prices billing_rule_version provider model usage_class above_input_tokens price_usd | grep ^book)" \
	"$(printf 'book %s\n' 'anthropic claude-x cache_read 0 0.0000003' 'anthropic claude-x input 0 0.000003' \
		'anthropic claude-x input 200000 0.000006' 'anthropic claude-x output 0 0.000015' \
		'openai gpt-a input 0 0.000003' 'openai gpt-a output 0 0.000008')"
run refdata import-prices good/teams.csv >"$work/out" 2>"$work/log"
check "what is no price book is refused" "$? $(head -1 "$work/log")" \
	"65 error: good/teams.csv is no price book that closebook knows"

mkdir "$work/less"
cp good/business_units.csv "$work/less/"
run refdata apply "$work/less" >"$work/out" 2>"$work/log"
check "an absent file is an empty one, and imports stay" "$? $(tables)" "0 4 business_units=3 prices=12"
sed 's/^v1,/book,/' good/prices.csv >"$work/less/prices.csv"
run refdata apply "$work/less" >"$work/out" 2>"$work/log"
check "prices.csv can't claim an imported version" "$? $(grep -c 'version "book" is already there, imported from litellm' "$work/log")" "65 5"

# What was pulled from a gateway adds what the files do not have, and never stops them from loading.
mkdir -p "$work/landing/gw/refdata"
cp -r good "$work/gateway"
cat >"$work/gateway.yaml" <<END
state_dir: $work/state
landing_dir: $work/landing
sources:
  - {name: gw, type: litellm, uri: "postgresql://reader@gateway/litellm", business_unit_from: organization}
END
cat >"$work/landing/gw/refdata/teams.csv" <<END
team_id,business_unit_id,name,cost_center,valid_from,valid_to
ranking,support,Not the company's own,,,
gw-team,search,From the gateway,,,
gw-gone,support,Deleted,,,2026-10-04
gw-lost,nowhere,Of no unit,,,
END
cat >"$work/landing/gw/refdata/budgets.csv" <<END
budget_id,entity_type,entity_id,period,limit_usd,alert_thresholds,enforced,tier,owner
gw:team:gw-team,team,gw-team,monthly,100,80,true,,
gw:team:gw-lost,team,gw-lost,monthly,100,,true,,
END
pulled() { "$closebook" -c "$work/gateway.yaml" --as-of 2026-10-02T00:00:00Z "$@"; }
pulled refdata apply "$work/gateway" >"$work/out" 2>"$work/log"
check "a gateway's teams and budgets are added" "$? $(grep -o '[0-9]* rows' "$work/out")" "0 29 rows"
check "a team of an unknown unit is left out, and named" "$(grep -c 'source gw: 1 teams are left out, business_units.csv does not have nowhere' "$work/log")" 1
check "the company's own teams win" "$(pulled refdata show teams --json | python3 -c '
import json, sys
print(" ".join(sorted(r["team_id"] + "=" + r["business_unit_id"] for r in json.load(sys.stdin)["rows"])))')" \
	"chat=search gw-gone=support gw-team=search ranking=search"
check "so do their budgets" "$(pulled refdata show budgets --json | grep -c '"gw:team:')" 1
rm -r "$work/landing/gw"
pulled refdata apply "$work/gateway" >"$work/out" 2>"$work/log"
check "what is pulled no more is there no more" "$? $(grep -o '[0-9]* rows' "$work/out")" "0 25 rows"

mkdir "$work/empty"
run refdata apply "$work/empty" >"$work/out" 2>"$work/log"
check "an empty folder is a mistake" "$?" 65
run refdata apply "$work/nowhere" >"$work/out" 2>"$work/log"
check "so is none" "$?" 74
run refdata show team >"$work/out" 2>"$work/log"
check "an unknown table is a usage error" "$? $(sed -n 2p "$work/log")" "64 hint: did you mean teams?"
check "the text view counts too" "$(run refdata show | grep -c '^business_units  *3  *2$')" 1
echo "1..$count"
