#include "store/copy.h"

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>

enum {
	CHUNK = 1 << 20,
	JSONB_VERSION = 1,
};
#define FIELD_MAX ((size_t)1 << 30) /* PostgreSQL's own limit of a value */

static void put_int2(struct copy *c, int16_t value)
{
	uint16_t wire = htobe16((uint16_t)value);
	buf_add(&c->bytes, &wire, sizeof(wire));
}

static void put_int4(struct copy *c, int32_t value)
{
	uint32_t wire = htobe32((uint32_t)value);
	buf_add(&c->bytes, &wire, sizeof(wire));
}

static void put_int8(struct copy *c, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);
	buf_add(&c->bytes, &wire, sizeof(wire));
}

/* Each value is its length and its bytes. */
static void put_length(struct copy *c, size_t len)
{
	assert(c->missing > 0 && len < FIELD_MAX);
	c->missing--;
	put_int4(c, (int32_t)len);
}

void copy_begin(struct copy *c)
{
	buf_reset(&c->bytes);
	c->rows = 0;
	c->missing = 0;
	buf_add(&c->bytes, "PGCOPY\n\377\r\n", 11);
	put_int4(c, 0); /* flags */
	put_int4(c, 0); /* length of the header's extension */
}

void copy_row(struct copy *c, int columns)
{
	assert(c->missing == 0);
	c->missing = columns;
	c->rows++;
	put_int2(c, (int16_t)columns);
}

void copy_null(struct copy *c)
{
	assert(c->missing > 0);
	c->missing--;
	put_int4(c, -1);
}

void copy_text(struct copy *c, struct slice value)
{
	if (!value.ptr) {
		copy_null(c);
		return;
	}
	put_length(c, value.len);
	buf_add_slice(&c->bytes, value);
}

void copy_bytea(struct copy *c, struct slice value)
{
	copy_text(c, value);
}

void copy_jsonb(struct copy *c, struct slice value)
{
	if (!value.ptr) {
		copy_null(c);
		return;
	}
	put_length(c, value.len + 1);
	buf_add_char(&c->bytes, JSONB_VERSION);
	buf_add_slice(&c->bytes, value);
}

void copy_int8(struct copy *c, int64_t value)
{
	put_length(c, sizeof(value));
	put_int8(c, value);
}

void copy_int4(struct copy *c, int32_t value)
{
	put_length(c, sizeof(value));
	put_int4(c, value);
}

void copy_int2(struct copy *c, int16_t value)
{
	put_length(c, sizeof(value));
	put_int2(c, value);
}

void copy_bool(struct copy *c, bool value)
{
	put_length(c, 1);
	buf_add_char(&c->bytes, (char)value);
}

void copy_timestamptz(struct copy *c, utc_us value)
{
	if (value == UTC_NONE)
		copy_null(c);
	else
		copy_int8(c, value - UTC_PG_EPOCH);
}

void copy_date(struct copy *c, utc_us value)
{
	if (value == UTC_NONE)
		copy_null(c);
	else
		copy_int4(c, (int32_t)((utc_day_start(value) - UTC_PG_EPOCH) / UTC_DAY));
}

void copy_numeric(struct copy *c, const struct decimal *value)
{
	if (!value) {
		copy_null(c);
		return;
	}
	uint8_t wire[DECIMAL_NUMERIC_MAX];
	size_t len = decimal_numeric(value, wire);
	put_length(c, len);
	buf_add(&c->bytes, wire, len);
}

/* A failure to send means that the connection is gone; a refused row shows only in the final result. */
static bool send_rows(struct copy *c, PGconn *connection)
{
	put_int2(c, -1); /* end of data */
	for (size_t sent = 0; sent < c->bytes.len; sent += CHUNK) {
		size_t left = c->bytes.len - sent;
		if (PQputCopyData(connection, c->bytes.ptr + sent, (int)(left < CHUNK ? left : CHUNK)) != 1)
			return false;
	}
	return PQputCopyEnd(connection, NULL) == 1;
}

bool copy_flush(struct copy *c, struct db *db, const char *command, struct err *e)
{
	assert(c->missing == 0);
	if (c->rows == 0)
		return true;
	PGresult *result = PQexec(db->connection, command);
	bool done = PQresultStatus(result) == PGRES_COPY_IN;
	if (done) {
		PQclear(result);
		/* When sending fails, the result says why, if the server could still say it. */
		bool sent = send_rows(c, db->connection);
		result = PQgetResult(db->connection);
		done = sent && PQresultStatus(result) == PGRES_COMMAND_OK;
	}
	if (!done)
		db_fail(db, result, NULL, 0, e);
	PQclear(result);
	while ((result = PQgetResult(db->connection)))
		PQclear(result);
	copy_begin(c);
	return done;
}

void copy_release(struct copy *c)
{
	buf_release(&c->bytes);
}
