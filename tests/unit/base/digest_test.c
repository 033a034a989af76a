#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"

#include <cmocka.h>

/* FIPS 180-2's own examples, and the empty message. */
static const struct {
	const char *message, *hex;
} VECTORS[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void known_messages(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(VECTORS) / sizeof(VECTORS[0]); i++) {
		char hex[DIGEST_HEX_SIZE];
		digest_bytes(VECTORS[i].message, strlen(VECTORS[i].message), hex);
		assert_string_equal(hex, VECTORS[i].hex);
	}
}

static void parts_add_up(void **unused)
{
	(void)unused;
	struct digest d;
	char hex[DIGEST_HEX_SIZE];
	digest_begin(&d);
	digest_add(&d, "a", 1);
	digest_add(&d, NULL, 0);
	digest_add(&d, "bc", 2);
	digest_end(&d, hex);
	assert_string_equal(hex, VECTORS[1].hex);
	digest_begin(&d);
	digest_release(&d);
	digest_release(&d);
}

static void files(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char hex[DIGEST_HEX_SIZE];
	uint64_t size = 99;
	assert_true(digest_file(scratch_write(s, "empty", SLICE("")), hex, &size, &e));
	assert_string_equal(hex, VECTORS[0].hex);
	assert_int_equal(size, 0);

	/* A million times "a" (FIPS 180-2 again): more than one chunk. */
	char *million = must_alloc(1000000);
	memset(million, 'a', 1000000);
	const char *path = scratch_write(s, "million", (struct slice){million, 1000000});
	free(million);
	assert_true(digest_file(path, hex, &size, &e));
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	assert_int_equal(size, 1000000);

	assert_false(digest_file(scratch_path(s, "absent"), hex, &size, &e));
	assert_int_equal(e.kind, ERR_IO);
	err_clear(&e);
	assert_false(digest_file(s->folder, hex, &size, &e));
	assert_non_null(strstr(e.message, "Is a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(known_messages),
	        cmocka_unit_test(parts_add_up),
	        cmocka_unit_test_setup_teardown(files, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
