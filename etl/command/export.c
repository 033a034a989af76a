/* closebook export journal --period P --format F */
#include "report/export.h"
#include "base/log.h"
#include "command/command.h"
#include <stdio.h>

struct export_arguments {
	const char *period, *format, *kind, *journal, *out;
	bool draft;
	const char *setting[EXPORT_SETTINGS];
};
#define SETTING(number, option, value, text)                                                                           \
	{                                                                                                              \
		.name = (option), .kind = OPTION_TEXT, .argument = (value), .help = (text),                            \
		.offset = offsetof(struct export_arguments, setting) + (number) * sizeof(const char *)                 \
	}
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct export_arguments, period)},
        {.name = "format",
         .letter = 'f',
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "native, netsuite, fbdi (Oracle), xero, quickbooks, hledger, beancount",
         .offset = offsetof(struct export_arguments, format)},
        {.name = "kind",
         .kind = OPTION_TEXT,
         .argument = "KIND",
         .help = "only accrual, reversal, final or correction journals",
         .offset = offsetof(struct export_arguments, kind)},
        {.name = "journal",
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "only this one",
         .offset = offsetof(struct export_arguments, journal)},
        {.name = "draft",
         .kind = OPTION_FLAG,
         .help = "the draft accrual instead of what was issued; every reconcile changes it",
         .offset = offsetof(struct export_arguments, draft)},
        {.name = "out",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .argument = "FOLDER",
         .help = "where to (default: out_dir of the configuration); - for standard output",
         .offset = offsetof(struct export_arguments, out)},
        SETTING(EXPORT_DATES, "dates", "FORM",
                "netsuite (us), xero (long), quickbooks (us): iso, us, eu or long,\nlike 2026-10-31, 10/31/2026, 31/10/2026, 31 Oct 2026"),
        SETTING(EXPORT_REVERSALS, "reversals", "HOW",
                "netsuite: as journals (journal), or by the accrual's Reversal Date (date: the default with final_date: next_period_start)"),
        SETTING(EXPORT_SUBSIDIARY, "subsidiary", "NAME", "netsuite"),
        SETTING(EXPORT_LEDGER, "ledger", "ID", "fbdi: the ledger's id; needed"),
        SETTING(EXPORT_SOURCE, "source", "NAME", "fbdi: journal source (closebook)"),
        SETTING(EXPORT_CATEGORY, "category", "NAME", "fbdi: journal category (LLM usage)"),
        SETTING(EXPORT_SEGMENTS, "segments", "LIST",
                "fbdi: account, cost_center, business_unit, provider, constants like =01,\nwhat stands for an empty one like cost_center:0000"),
        SETTING(EXPORT_GROUP, "group", "ID", "fbdi: interface group"),
        SETTING(EXPORT_TAX_RATE, "tax-rate", "NAME", "xero (Tax Exempt)"),
        SETTING(EXPORT_TRACKING, "tracking", "NAMES", "xero: the two tracking categories (Business unit,Cost center)"),
        SETTING(EXPORT_OPENS, "opens", "yes|no", "hledger, beancount: declare the accounts (yes)"),
        OPTION_END,
};

static bool check_subject(const struct option_rest *rest, struct err *e)
{
	if (rest->count > 0 && strcmp(rest->argument[0], "journal") == 0)
		return true;
	if (rest->count > 0)
		fail(e, ERR_USAGE, "export does not know %s", rest->argument[0]);
	else
		fail(e, ERR_USAGE, "export what?");
	return err_hint(e, "closebook export journal --period YYYY-MM --format NAME");
}

static void tell(const struct export_arguments *a, const struct export_result *r)
{
	for (size_t i = 0; i < r->paths; i++)
		printf("%s\n", r->path[i]);
	if (r->reversals_left_out)
		log_info(
		        "reversals left out, as the accruals' Reversal Date does the same: %zu (else --reversals journal)",
		        r->reversals_left_out);
	if (r->empty_left_out)
		log_info("journals without lines left out: %zu", r->empty_left_out);
	if (a->draft)
		log_warning("this is a draft: not to be imported");
}

bool command_export(struct context *c, int argc, char **argv, struct err *e)
{
	struct export_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook export journal --period YYYY-MM --format NAME [--kind KIND] [--journal ID] "
	                 "[--draft] [--out FOLDER] [SETTINGS]",
	        .summary =
	                "Writes the journals of a period to OUT/PERIOD/journal-NAME, as another system imports them. "
	                "Their ids are the\n"
	                "external ids, and the same journals give the same bytes. Nothing in the database changes.",
	        .table = table,
	        .target = &a,
	        .arguments = 1,
	};
	struct export_request request;
	struct export_result result;
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (!check_subject(&line.rest, e) || !context_period(a.period, &request.period, e))
		return false;
	request.format = a.format;
	request.kind = a.kind;
	request.journal = a.journal;
	request.draft = a.draft;
	memcpy(request.setting, a.setting, sizeof request.setting);
	if (!a.setting[EXPORT_REVERSALS] && a.format && strcmp(a.format, "netsuite") == 0 &&
	    c->config.final_date == FINAL_NEXT_PERIOD_START)
		request.setting[EXPORT_REVERSALS] = "date";
	struct arena arena = ARENA_INIT;
	const char *folder = !a.out ? c->config.out_dir : strcmp(a.out, "-") == 0 ? NULL : a.out;
	bool fine = export_journals(&c->db, &request, folder, &arena, &result, e);
	if (fine)
		tell(&a, &result);
	arena_release(&arena);
	return fine;
}
