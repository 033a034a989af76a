#!/usr/bin/env bash
# etl/store/embed.awk under every awk that Debian installs by default or that people put in its place: what C reads from
# its output is what the files hold, as TAP.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/sql/odd"
cat >"$work/sql/odd/signs.sql" <<'SQL'
-- "quoted", 'single', \ and \\ and \" and \n, %s & && ??= ??/ ??? tab	end

select E'\\d' ~ '[\\"]', '&\&\\&';
SQL
cp -r sql "$work/all"
cat >"$work/print.c" <<'C'
#include <stdio.h>
static const struct { const char *name, *text; } files[] = {
#include "files.inc"
};
int main(void)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		printf("== %s\n%s", files[i].name, files[i].text);
	return 0;
}
C

embedded() { # AWK FOLDER: what C makes of the folder's sql/
	(cd "$2" && find sql -name '*.sql' | sort | xargs "$1" -f "$OLDPWD/etl/store/embed.awk") >"$work/files.inc" &&
		gcc -std=gnu17 -Wall -Wextra -Werror -o "$work/print" "$work/print.c" && "$work/print"
}
plain() {
	(cd "$1" && find sql -name '*.sql' | sort | while read -r file; do
		name=${file#sql/}
		printf '== %s\n' "${name%.sql}"
		cat "$file"
	done)
}

count=0
for awk in mawk gawk; do
	for folder in "$work" "$PWD"; do
		count=$((count + 1))
		what="$awk embeds $([[ $folder == "$work" ]] && echo 'odd signs' || echo 'sql/')"
		if ! command -v "$awk" >/dev/null; then
			echo "ok $count - $what # SKIP not installed"
		elif diff <(plain "$folder") <(embedded "$awk" "$folder") >"$work/diff"; then
			echo "ok $count - $what"
		else
			sed 's/^/# /' "$work/diff" | head -20
			echo "not ok $count - $what"
		fi
	done
done
echo "1..$count"
