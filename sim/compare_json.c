/* SPDX-License-Identifier: MIT */
/* The results as JSON, schema "ukern-compare/1": keys are only ever added; what is not known is null. */
#include <time.h>
#include <unistd.h>

#include "sim/compare_results.h"

static void put_text(FILE *file, const char *key, const char *text, const char *end)
{
    fprintf(file, "\"%s\": \"", key);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            fprintf(file, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            putc(*text, file);
    }
    fprintf(file, "\"%s", end);
}

static void put_number(FILE *file, const char *key, bool known, double number)
{
    if (known)
        fprintf(file, ", \"%s\": %.6g", key, number);
    else
        fprintf(file, ", \"%s\": null", key);
}

static void put_context(FILE *file, const struct compare_results *results)
{
    char date[64] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL)
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fputs("  \"context\": {", file);
    put_text(file, "date", date, ", ");
    put_text(file, "library_version", UK_VERSION_STRING, ", ");
    put_text(file, "machine", !results->options->bare ? "hosted" : results->options->hosted ? "hosted,riscv64" : "riscv64",
             ", ");
    put_text(file, "compared_to", compare_design_at(0)->name, "");
    fprintf(file, ", \"num_cpus\": %ld, \"pairs\": %u, \"batch_ns\": %.0f, \"quick\": %s},\n",
            sysconf(_SC_NPROCESSORS_ONLN), results->measure.pairs, results->measure.batch_ns,
            results->options->quick ? "true" : "false");
}

static void put_cell(FILE *file, const struct compare_cell *cell)
{
    fputs("    {", file);
    put_text(file, "design", cell->design->name, ", ");
    put_text(file, "work", cell->work->name, "");
    put_number(file, "entries", cell->counted, cell->counts.entries);
    put_number(file, "switches", cell->counted, cell->counts.switches);
    put_number(file, "picks", cell->counted, cell->counts.picks);
    put_number(file, "words_copied", cell->counted, cell->counts.bytes / (double)sizeof(uk_word));
    put_number(file, "bytes_copied", cell->counted, cell->counts.bytes);
    put_number(file, "pages_changed", cell->counted, cell->counts.maps);
    put_number(file, "time_ns", cell->timed, cell->time_ns.value);
    put_number(file, "time_ns_low", cell->timed, cell->time_ns.low);
    put_number(file, "time_ns_high", cell->timed, cell->time_ns.high);
    put_number(file, "ratio", cell->timed, cell->ratio.value);
    put_number(file, "ratio_low", cell->timed, cell->ratio.low);
    put_number(file, "ratio_high", cell->timed, cell->ratio.high);
    put_number(file, "instructions", cell->weight.known, cell->weight.instructions);
    put_number(file, "instructions_ratio", cell->weight.known && cell->weight.ratio > 0, cell->weight.ratio);
    fputs(", ", file);
    put_text(file, "client_saw", cell->saw, "}");
}

static void put_designs(FILE *file, const struct compare_results *results)
{
    fputs("  \"designs\": [\n", file);
    for (size_t i = 0; i < results->design_count; i++) {
        fputs("    {", file);
        put_text(file, "name", results->designs[i]->name, ", ");
        put_text(file, "what", results->designs[i]->what, ", ");
        put_text(file, "after", results->designs[i]->after, i + 1 < results->design_count ? "},\n" : "}\n");
    }
    fputs("  ],\n", file);
}

static void put_works(FILE *file, const struct compare_results *results)
{
    fputs("  \"works\": [\n", file);
    for (size_t i = 0; i < results->work_count; i++) {
        const struct compare_work *work = results->works[i];
        fputs("    {", file);
        put_text(file, "name", work->name, ", ");
        put_text(file, "what", work->what, "");
        fprintf(file, ", \"bytes\": %u, \"servers\": %u, \"clients\": %u, \"requests\": %u}%s\n", work->bytes,
                work->servers, work->clients, work->requests, i + 1 < results->work_count ? "," : "");
    }
    fputs("  ],\n", file);
}

static void put_finding(FILE *file, const char *prefix, const struct compare_finding *finding)
{
    char key[32];
    snprintf(key, sizeof key, "%sverdict", prefix);
    put_text(file, key, compare_verdict_name(finding->verdict), ", ");
    snprintf(key, sizeof key, "%sfound", prefix);
    put_text(file, key, finding->found, ", ");
    snprintf(key, sizeof key, "%srow", prefix);
    put_text(file, key, finding->row, "");
}

static void put_claims(FILE *file, const struct compare_results *results)
{
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    size_t count = compare_claims(results, claims);
    fputs("  \"claims\": [\n", file);
    for (size_t i = 0; i < count; i++) {
        fputs("    {", file);
        put_text(file, "claim", claims[i].claim, ", ");
        put_finding(file, "", compare_first(&claims[i]));
        if (claims[i].findings[COMPARE_BARE].verdict != COMPARE_UNDECIDED) {
            fputs(", ", file);
            put_finding(file, "riscv64_", &claims[i].findings[COMPARE_BARE]);
        }
        fputs(i + 1 < count ? "},\n" : "}\n", file);
    }
    fputs("  ]\n", file);
}

bool compare_json_write(FILE *file, const struct compare_results *results)
{
    bool comma = false;
    fputs("{\n  \"schema\": \"ukern-compare/1\",\n", file);
    put_context(file, results);
    put_designs(file, results);
    put_works(file, results);
    fputs("  \"cells\": [\n", file);
    for (size_t j = 0; j < results->work_count; j++)
        for (size_t i = 0; i < results->design_count; i++) {
            if (!results->cells[i][j].tried)
                continue;
            fputs(comma ? ",\n" : "", file);
            put_cell(file, &results->cells[i][j]);
            comma = true;
        }
    fputs("\n  ],\n", file);
    put_claims(file, results);
    fputs("}\n", file);
    return fflush(file) == 0 && !ferror(file);
}
