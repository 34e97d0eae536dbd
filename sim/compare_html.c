/* SPDX-License-Identifier: MIT */
/* The results as one page that needs nothing else: tables, plots, light and dark, on paper, without a mouse. */
#include <string.h>

#include "sim/compare_results.h"

static const char style[] =
    ":root{color-scheme:light dark;--back:#fff;--front:#1b1e24;--soft:#5b6270;--line:#d5d9e0;--head:#f1f3f7;--good:#0a6b3d;\n"
    "--bad:#a8201a;--c0:#0b5fb0;--c1:#c24e00;--c2:#007a57;--c3:#a8387c;--c4:#7a6200;--c5:#6a3fb5;--c6:#8a4b3a;--c7:#4a515c}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#14171c;--front:#e6e9ee;--soft:#a3abb8;--line:#353b46;--head:#1f242c;\n"
    "--good:#5fd39b;--bad:#ff8d85;--c0:#5db2ff;--c1:#ff9a57;--c2:#3fd6a4;--c3:#ff93cc;--c4:#e3c64a;--c5:#bda0ff;\n"
    "--c6:#dba493;--c7:#b9c0cb}}\n"
    "body{margin:0 auto;max-width:70rem;padding:1.5rem;background:var(--back);color:var(--front);\n"
    "font:1rem/1.5 system-ui,sans-serif}h1{line-height:1.2}h2{margin-top:2.5rem}a{color:var(--c0)}\n"
    "p,figcaption,caption{max-width:min(48rem,100vw - 3rem)}.soft{color:var(--soft)}\n"
    ":focus-visible{outline:3px solid var(--c1)}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}caption{text-align:left;\n"
    "padding:.3rem 0;font-weight:600}th,td{border-bottom:1px solid var(--line);padding:.25rem .7rem;text-align:right;\n"
    "font-variant-numeric:tabular-nums;white-space:nowrap}thead th{background:var(--head)}\n"
    "th:first-child,.text{text-align:left}\n"
    "td.text{white-space:normal;min-width:11rem}.holds{color:var(--good)}.fails{color:var(--bad)}figure{margin:1.5rem 0;\n"
    "overflow-x:auto}figcaption{font-weight:600}svg{width:100%;height:auto;min-width:44rem;max-width:60rem}\n"
    "svg text{fill:var(--front);font-size:13px}\n"
    ".grid{stroke:var(--line)}.line{fill:none;stroke:var(--c);stroke-width:2.2}.lead{stroke:var(--c);opacity:.5}\n"
    ".mark{fill:var(--c)}.d1 .line{stroke-dasharray:7 4}.d2 .line{stroke-dasharray:2 4}.series:hover .line{stroke-width:5}\n"
    ".c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}\n"
    ".c6{--c:var(--c6)}.c7{--c:var(--c7)}.b0{fill:var(--c0)}.b1{fill:var(--c1)}.b2{fill:var(--c2)}\n"
    "fieldset{border:1px solid var(--line);margin:1rem 0}label{margin-right:1.2rem;white-space:nowrap}.off{display:none}\n"
    "@media print{fieldset,nav{display:none}body{max-width:none;padding:0}figure,table{break-inside:avoid}}\n";

/* Without it the page says all the same things; with it designs can be hidden. */
static const char script[] =
    "document.querySelectorAll('fieldset input').forEach(function(box){box.addEventListener('change',function(){\n"
    "document.querySelectorAll('[data-design=\"'+box.value+'\"],[data-name=\"'+box.value+'\"]').forEach(function(part){\n"
    "part.classList.toggle('off',!box.checked)})})});\n";

static void put(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || *text == '"')
            fprintf(file, "&#%d;", *text);
        else
            putc(*text, file);
    }
}

static void put_element(FILE *file, const char *open, const char *text, const char *close)
{
    fputs(open, file);
    put(file, text);
    fputs(close, file);
}

static void put_finding(FILE *file, const struct compare_finding *finding, enum compare_machine machine, bool first)
{
    fprintf(file, "%s<td class=\"text %s\">%s%s</td>", first ? "" : "<tr>",
            finding->verdict == COMPARE_HOLDS ? "holds" : "fails", machine == COMPARE_BARE ? "on riscv64: " : "",
            compare_verdict_name(finding->verdict));
    put_element(file, "<td class=\"text\">", finding->found, "</td>");
    put_element(file, "<td class=\"text\">", finding->row, "</td></tr>\n");
}

static void put_claims(FILE *file, const struct compare_results *results)
{
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    size_t count = compare_claims(results, claims);
    fputs("<h2 id=\"claims\">What people say, and what this machine says</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
          "<th>claim</th><th class=\"text\">verdict</th><th class=\"text\">found</th>"
          "<th class=\"text\">decided by</th></tr></thead>\n<tbody>\n", file);
    for (size_t i = 0; i < count; i++) {
        unsigned rows = 0, row = 0;
        for (unsigned j = 0; j < COMPARE_MACHINES; j++)
            rows += claims[i].findings[j].verdict != COMPARE_UNDECIDED;
        fprintf(file, "<tr><td class=\"text\" rowspan=\"%u\">", rows);
        put_element(file, "", claims[i].claim, "</td>");
        for (unsigned j = 0; j < COMPARE_MACHINES; j++)
            if (claims[i].findings[j].verdict != COMPARE_UNDECIDED)
                put_finding(file, &claims[i].findings[j], (enum compare_machine)j, row++ == 0);
    }
    fputs("</tbody></table></div>\n", file);
}

static void put_designs(FILE *file, const struct compare_results *results)
{
    fputs("<h2 id=\"designs\">The designs</h2>\n<div class=\"scroll\"><table><thead><tr><th>design</th>"
          "<th class=\"text\">what</th>"
          "<th class=\"text\">known from</th></tr></thead><tbody>\n", file);
    for (size_t i = 0; i < results->design_count; i++) {
        put_element(file, "<tr><th scope=\"row\">", results->designs[i]->name, "</th>");
        put_element(file, "<td class=\"text\">", results->designs[i]->what, "</td>");
        put_element(file, "<td class=\"text\">", results->designs[i]->after, "</td></tr>\n");
    }
    fputs("</tbody></table></div>\n<fieldset><legend>Show in plots and tables</legend>\n", file);
    for (size_t i = 0; i < results->design_count; i++)
        fprintf(file, "<label><input type=\"checkbox\" checked value=\"%s\"> %s</label>\n", results->designs[i]->name,
                results->designs[i]->name);
    fputs("</fieldset>\n", file);
}

static void put_row(FILE *file, const struct compare_results *results, const struct compare_cell *cell)
{
    char text[24], ratio[24], low[24], high[24];
    const struct compare_counts *counts = &cell->counts;
    const double numbers[] = {counts->entries, counts->switches, counts->picks, counts->bytes, counts->maps};
    fprintf(file, "<tr data-design=\"%s\"><th scope=\"row\">%s</th>", cell->design->name, cell->design->name);
    for (size_t i = 0; i < 5; i++)
        fprintf(file, "<td>%s</td>", cell->counted ? compare_number(numbers[i], text) : "-");
    if (results->options->bare && cell->weight.known && cell->weight.ratio > 0)
        fprintf(file, "<td>%s</td><td>%s</td>", compare_number(cell->weight.instructions, text),
                compare_ratio(cell->weight.ratio, ratio));
    else if (results->options->bare)
        fprintf(file, "<td>%s</td><td>-</td>", cell->weight.known ? compare_number(cell->weight.instructions, text) : "-");
    if (cell->timed)
        fprintf(file, "<td>%s</td><td>%s</td><td>%s to %s</td>", compare_time(cell->time_ns.value, text),
                compare_ratio(cell->ratio.value, ratio), compare_ratio(cell->ratio.low, low),
                compare_ratio(cell->ratio.high, high));
    else if (results->options->hosted)
        fputs("<td>-</td><td>-</td><td>-</td>", file);
    put_element(file, "<td class=\"text\">", cell->saw, "</td></tr>\n");
}

static void put_tables(FILE *file, const struct compare_results *results)
{
    const struct compare_options *options = results->options;
    fputs("<h2 id=\"tables\">Everything that was counted and measured</h2>\n<p>Counts are of one operation and the same in "
          "every run; bytes are those that the kernel copied, page-table operations are pages mapped and unmapped.", file);
    if (options->bare)
        fputs(" Instructions, of user and kernel together, are counted on bare riscv64.", file);
    if (options->hosted)
        fputs(" Times are medians of this run; ratios are to direct rendezvous, measured in turns with it, and the interval "
              "holds the median with 95 % confidence. The first row is direct rendezvous against itself: by what its ratio "
              "is not 1, the machine was disturbed.", file);
    fputs("</p>\n", file);
    for (size_t j = 0; j < results->work_count; j++) {
        fprintf(file, "<div class=\"scroll\"><table id=\"work-%s\"><caption>%s: ", results->works[j]->name,
                results->works[j]->name);
        put_element(file, "", results->works[j]->what, "</caption>\n<thead><tr><th>design</th>");
        fprintf(file, "<th>kernel entries</th><th>context switches</th><th>scheduler picks</th><th>bytes copied</th>"
                      "<th>page-table operations</th>%s%s<th class=\"text\">the client saw</th></tr></thead><tbody>\n",
                options->bare ? "<th>instructions</th><th>ratio of these</th>" : "",
                options->hosted ? "<th>median time</th><th>ratio</th><th>95 % of that</th>" : "");
        for (size_t i = 0; i < results->design_count; i++)
            if (results->cells[i][j].tried)
                put_row(file, results, &results->cells[i][j]);
        fputs("</tbody></table></div>\n", file);
    }
}

static void put_plots(FILE *file, const struct compare_results *results, enum compare_machine machine)
{
    static const struct {
        enum compare_kind kind;
        const char *title;
    } plots[] = {{COMPARE_ECHO, "a call by the size of its payload"},
                 {COMPARE_LOOK, "a call by the size of a payload that is only read"},
                 {COMPARE_BATCH, "a request by how many are handed over together"},
                 {COMPARE_OPERATIONS, "a kernel operation by how many are handed over together"},
                 {COMPARE_CHAIN, "a call by the length of the chain of servers"},
                 {COMPARE_LIST, "a name in a listing by how many there are in a message"}};
    char title[160];
    for (size_t i = 0; i < sizeof plots / sizeof plots[0]; i++) {
        snprintf(title, sizeof title, "%s of %s", machine == COMPARE_BARE ? "Instructions on riscv64" : "Time", plots[i].title);
        compare_plot(file, results, plots[i].kind, machine, title);
    }
}

bool compare_html_write(FILE *file, const struct compare_results *results)
{
    fprintf(file, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                  "content=\"width=device-width\">\n<title>Designs of inter-process communication, side by side</title>\n"
                  "<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style></head>\n<body data-designs=\"%zu\">\n", style,
            results->design_count);
    fprintf(file, "<h1>Designs of inter-process communication, side by side</h1>\n<p class=\"soft\">ukern %s, ",
            UK_VERSION_STRING);
    if (results->options->hosted)
        fprintf(file, "hosted machine, %u pairs of batches of %.0f us%s", results->measure.pairs,
                results->measure.batch_ns / 1e3, results->options->bare ? "; " : "");
    fprintf(file, "%s%s. Made by <code>ukern compare</code>.</p>\n",
            results->options->bare ? "bare riscv64, instructions counted in QEMU" : "",
            results->options->quick ? " (quick)" : "");
    fputs("<nav><p><a href=\"#claims\">Claims</a> · <a href=\"#designs\">Designs</a> · <a href=\"#plots\">Plots</a> · "
          "<a href=\"#tables\">Tables</a></p></nav>\n<main>\n", file);
    put_claims(file, results);
    put_designs(file, results);
    fputs("<h2 id=\"plots\">Plots</h2>\n", file);
    for (unsigned i = 0; i < COMPARE_MACHINES; i++)
        put_plots(file, results, (enum compare_machine)i);
    compare_bars(file, results, "null");
    compare_bars(file, results, "kill");
    put_tables(file, results);
    fprintf(file, "</main>\n<script>\n%s</script>\n</body></html>\n", script);
    return fflush(file) == 0 && !ferror(file);
}
