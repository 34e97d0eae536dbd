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
    "p,figcaption,caption{max-width:48rem}.soft{color:var(--soft)}:focus-visible{outline:3px solid var(--c1)}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}caption{text-align:left;\n"
    "padding:.3rem 0;font-weight:600}th,td{border-bottom:1px solid var(--line);padding:.25rem .7rem;text-align:right;\n"
    "font-variant-numeric:tabular-nums;white-space:nowrap}thead th{background:var(--head)}\n"
    "th:first-child,.text{text-align:left}\n"
    "td.text{white-space:normal}.holds{color:var(--good)}.fails{color:var(--bad)}figure{margin:1.5rem 0}\n"
    "figcaption{font-weight:600}svg{width:100%;height:auto;max-width:60rem}svg text{fill:var(--front);font-size:13px}\n"
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

static void put_claims(FILE *file, const struct compare_results *results)
{
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    size_t count = compare_claims(results, claims);
    fputs("<h2 id=\"claims\">What people say, and what this machine says</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
          "<th>claim</th><th class=\"text\">verdict</th><th class=\"text\">found</th>"
          "<th class=\"text\">decided by</th></tr></thead>\n<tbody>\n", file);
    for (size_t i = 0; i < count; i++) {
        put_element(file, "<tr><td class=\"text\">", claims[i].claim, "</td><td class=\"text ");
        fputs(claims[i].verdict == COMPARE_HOLDS ? "holds\">" : "fails\">", file);
        put_element(file, "", compare_verdict_name(claims[i].verdict), "</td>");
        put_element(file, "<td class=\"text\">", claims[i].found, "</td>");
        put_element(file, "<td class=\"text\">", claims[i].row, "</td></tr>\n");
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

static void put_row(FILE *file, const struct compare_cell *cell)
{
    char text[24];
    const struct compare_counts *counts = &cell->counts;
    const double numbers[] = {counts->entries, counts->switches, counts->picks, counts->words, counts->maps};
    fprintf(file, "<tr data-design=\"%s\"><th scope=\"row\">%s</th>", cell->design->name, cell->design->name);
    for (size_t i = 0; i < 5; i++)
        fprintf(file, "<td>%s</td>", cell->counted ? compare_number(numbers[i], text) : "-");
    if (cell->timed)
        fprintf(file, "<td>%s</td><td>%.3g</td><td>%.3g to %.3g</td>", compare_time(cell->time_ns.value, text),
                cell->ratio.value, cell->ratio.low, cell->ratio.high);
    else
        fputs("<td>-</td><td>-</td><td>-</td>", file);
    put_element(file, "<td class=\"text\">", cell->saw, "</td></tr>\n");
}

static void put_tables(FILE *file, const struct compare_results *results)
{
    fputs("<h2 id=\"tables\">Everything that was counted and measured</h2>\n<p>Counts are of one operation and the same in "
          "every run. Times are medians of this run; ratios are to direct rendezvous, measured in turns with it, and the "
          "interval holds the median with 95 % confidence. The first row is direct rendezvous against itself: by what its "
          "ratio is not 1, the machine was disturbed.</p>\n", file);
    for (size_t j = 0; j < results->work_count; j++) {
        fprintf(file, "<div class=\"scroll\"><table id=\"work-%s\"><caption>%s: ", results->works[j]->name,
                results->works[j]->name);
        put_element(file, "", results->works[j]->what, "</caption>\n<thead><tr><th>design</th>");
        fputs("<th>entries</th><th>switches</th><th>picks</th><th>words copied</th><th>pages changed</th><th>median</th>"
              "<th>ratio</th><th>95 % of that</th><th class=\"text\">the client saw</th></tr></thead><tbody>\n", file);
        for (size_t i = 0; i < results->design_count; i++)
            if (results->cells[i][j].tried)
                put_row(file, &results->cells[i][j]);
        fputs("</tbody></table></div>\n", file);
    }
}

bool compare_html_write(FILE *file, const struct compare_results *results)
{
    fprintf(file, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                  "content=\"width=device-width\">\n<title>Designs of inter-process communication, side by side</title>\n"
                  "<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style></head>\n<body data-designs=\"%zu\">\n", style,
            results->design_count);
    fprintf(file, "<h1>Designs of inter-process communication, side by side</h1>\n<p class=\"soft\">ukern %s, hosted machine, "
                  "%u pairs of batches of %.0f us%s. Made by <code>ukern compare</code>.</p>\n", UK_VERSION_STRING,
            results->measure.pairs, results->measure.batch_ns / 1e3, results->options->quick ? " (quick)" : "");
    fputs("<nav><p><a href=\"#claims\">Claims</a> · <a href=\"#designs\">Designs</a> · <a href=\"#plots\">Plots</a> · "
          "<a href=\"#tables\">Tables</a></p></nav>\n<main>\n", file);
    put_claims(file, results);
    put_designs(file, results);
    fputs("<h2 id=\"plots\">Plots</h2>\n", file);
    compare_plot(file, results, COMPARE_ECHO, "Time of a call by the size of its payload");
    compare_plot(file, results, COMPARE_BATCH, "Time of a request by how many are handed over together");
    compare_plot(file, results, COMPARE_OPERATIONS, "Time of a kernel operation by how many are handed over together");
    compare_plot(file, results, COMPARE_CHAIN, "Time of a call by the length of the chain of servers");
    compare_bars(file, results, "null");
    compare_bars(file, results, "kill");
    put_tables(file, results);
    fprintf(file, "</main>\n<script>\n%s</script>\n</body></html>\n", script);
    return fflush(file) == 0 && !ferror(file);
}
