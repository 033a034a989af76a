# Turns SQL files into the entries of a C table: { "name", "text" }, one string literal a line.
# A name is the path below sql/ without the ending: "match/exact", "migrations/0001_schemas".
FNR == 1 {
	if (NR > 1) print "\t},"
	name = FILENAME
	sub(/^sql\//, "", name)
	sub(/\.sql$/, "", name)
	printf "\t{ \"%s\",\n", name
}
{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	gsub(/\?\?/, "?\\?")
	printf "\t\t\"%s\\n\"\n", $0
}
END { if (NR > 0) print "\t}," }
