/* What is read as a flat map is one to the JSON reader too, with the same members in the same order. */
#include "fuzz.h"

#include "format/flat_map.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct flat_map flat;
	if (!slice_is_utf8(text) || !flat_map_read(&flat, text))
		return 0;
	struct json_reader reader = {0};
	const char *why, *name;
	JSON_AUTO map = json_build(&reader, text, &why);
	MUST(json_is_object(map) && json_object_size(map) == flat.count);
	size_t i = 0;
	json_t *value;
	json_object_foreach(map, name, value)
	{
		MUST(slice_is(flat.member[i].key, name));
		MUST(json_is_string(value) && slice_equal(flat.member[i].value, json_text(map, name)));
		i++;
	}
	json_reader_release(&reader);
	return 0;
}
