/* SPDX-License-Identifier: MIT */
/* Plots as SVG inside of HTML: lines on two log axes, and bars of counts; colours are classes that the page defines. */
#include <math.h>
#include <string.h>

#include "sim/compare_results.h"

enum { WIDTH = 860, LOW = 420, NAME = 17, LEFT = 84, RIGHT = 170, TOP = 16, BOTTOM = 56, MARKS = 6, BAR = 15 };

struct axis {
    double low, high; /* logarithms to base 10 of the ends */
    double from, to;  /* where these are */
};

static double place(const struct axis *axis, double value)
{
    double span = axis->high > axis->low ? axis->high - axis->low : 1;
    return axis->from + (log10(value) - axis->low) / span * (axis->to - axis->from);
}

/* What a work of a kind is plotted over; 0: it is not. */
static double along(const struct compare_work *work, enum compare_kind kind)
{
    if (work->kind != kind)
        return 0;
    return kind == COMPARE_ECHO || kind == COMPARE_LOOK ? work->bytes : kind == COMPARE_CHAIN ? work->servers : work->requests;
}

static const char *label(double value, enum compare_kind kind, char text[24])
{
    if (kind != COMPARE_ECHO && kind != COMPARE_LOOK)
        snprintf(text, 24, "%.0f", value);
    else if (value >= 1 << 20)
        snprintf(text, 24, "%.0f MiB", value / (1 << 20));
    else if (value >= 1 << 10)
        snprintf(text, 24, "%.0f KiB", value / (1 << 10));
    else
        snprintf(text, 24, "%.0f B", value);
    return text;
}

static const char *decade_label(double decade, enum compare_machine machine, char text[24])
{
    static const char *const times[] = {" ns", " us", " ms", " s"}, *const numbers[] = {"", " k", " M", " G"};
    int power = (int)lround(decade), unit = power < 0 ? 0 : power / 3 > 3 ? 3 : power / 3;
    snprintf(text, 24, "%g%s", pow(10, power - 3 * unit), (machine == COMPARE_BARE ? numbers : times)[unit]);
    return text;
}

/* What is plotted of one: which kind of workloads, and what of them. */
struct plot {
    enum compare_kind kind;
    enum compare_machine machine;
    int height; /* of the whole */
};

/* 0: there is nothing to see. */
static double height_of(const struct compare_cell *cell, const struct plot *plot)
{
    if (!cell->tried || along(cell->work, plot->kind) <= 0)
        return 0;
    if (plot->machine == COMPARE_BARE)
        return cell->weight.known ? cell->weight.instructions : 0;
    return cell->timed ? cell->time_ns.value : 0;
}

/* Decades around all times, and the works from first to last. */
static size_t measure_axes(const struct compare_results *results, const struct plot *plot, struct axis *x, struct axis *y)
{
    size_t points = 0;
    *x = (struct axis){1e9, -1e9, LEFT + 14, WIDTH - RIGHT - 14};
    *y = (struct axis){1e9, -1e9, plot->height - BOTTOM, TOP};
    for (size_t i = 0; i < results->design_count; i++)
        for (size_t j = 0; j < results->work_count; j++) {
            const struct compare_cell *cell = &results->cells[i][j];
            double height = height_of(cell, plot);
            if (height <= 0)
                continue;
            points++;
            x->low = fmin(x->low, log10(along(cell->work, plot->kind)));
            x->high = fmax(x->high, log10(along(cell->work, plot->kind)));
            y->low = fmin(y->low, floor(log10(height)));
            y->high = fmax(y->high, ceil(log10(height)));
        }
    return points;
}

static size_t count_points(const struct compare_results *results, size_t design, const struct plot *plot)
{
    size_t points = 0;
    for (size_t j = 0; j < results->work_count; j++)
        points += height_of(&results->cells[design][j], plot) > 0;
    return points;
}

static size_t count_lines(const struct compare_results *results, const struct plot *plot)
{
    size_t lines = 0;
    for (size_t i = 0; i < results->design_count; i++)
        lines += count_points(results, i, plot) > 0;
    return lines;
}

static void draw_axes(FILE *file, const struct compare_results *results, const struct plot *plot, const struct axis *x,
                      const struct axis *y)
{
    enum compare_kind kind = plot->kind;
    char text[24];
    double seen = 0;
    for (double decade = y->low; decade <= y->high + 0.01; decade++) {
        double at = place(y, pow(10, decade));
        fprintf(file, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT, at, WIDTH - RIGHT, at);
        fprintf(file, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT - 8, at + 4,
                decade_label(decade, plot->machine, text));
    }
    for (size_t j = 0; j < results->work_count; j++) {
        double value = along(results->works[j], kind);
        if (value <= 0 || value == seen)
            continue;
        seen = value;
        double at = place(x, value);
        fprintf(file, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", at, TOP, at, plot->height - BOTTOM);
        fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", at, plot->height - BOTTOM + 18,
                label(value, kind, text));
    }
    fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", (LEFT + WIDTH - RIGHT) / 2, plot->height - 12,
            kind == COMPARE_ECHO    ? "bytes of the request, and of its answer"
            : kind == COMPARE_LOOK  ? "bytes of the request"
            : kind == COMPARE_CHAIN ? "servers in the chain"
            : kind == COMPARE_BATCH ? "requests handed over together"
            : kind == COMPARE_LIST  ? "names in one answer"
                                    : "operations handed over together");
    fprintf(file, "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\">%s of one %s</text>\n",
            (TOP + plot->height - BOTTOM) / 2, plot->machine == COMPARE_BARE ? "instructions" : "time",
            kind == COMPARE_BATCH        ? "request"
            : kind == COMPARE_OPERATIONS ? "operation"
            : kind == COMPARE_LIST       ? "name"
                                         : "call");
}

/* Six shapes, so that colour is never the only difference. */
static void draw_mark(FILE *file, size_t design, double x, double y)
{
    static const char *const shapes[MARKS] = {"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-4-4h8v8h-8z", "M0-5l5 9h-10z",
                                              "M0-5.5l5 5.5-5 5.5-5-5.5z", "M0 5l5-9h-10z",
                                              "M-5-2h3v-3h4v3h3v4h-3v3h-4v-3h-3z"};
    fprintf(file, "<path class=\"mark\" transform=\"translate(%.1f %.1f)\" d=\"%s\">", x, y, shapes[design % MARKS]);
}

static void draw_title(FILE *file, const struct compare_cell *cell, const struct plot *plot)
{
    char text[24], ratio[24];
    bool bare = plot->machine == COMPARE_BARE;
    double height = height_of(cell, plot);
    fprintf(file, "<title>%s, %s: %s%s, %s times %s</title></path>", cell->design->name, cell->work->name,
            bare ? compare_number(height, text) : compare_time(height, text), bare ? " instructions" : "",
            compare_ratio(bare ? cell->weight.ratio : cell->ratio.value, ratio), compare_design_at(0)->name);
}

struct point {
    double x, y;
};

static bool draw_series(FILE *file, const struct compare_results *results, size_t design, const struct plot *plot,
                        const struct axis *x, const struct axis *y, struct point *end)
{
    size_t points = 0;
    const struct compare_cell *cells = results->cells[design];
    if (count_points(results, design, plot) == 0)
        return false;
    fprintf(file, "<g class=\"series c%zu d%zu\" data-design=\"%s\"><path class=\"line\" d=\"", design % 8, design / 8 % 3,
            results->designs[design]->name);
    for (size_t j = 0; j < results->work_count; j++)
        if (height_of(&cells[j], plot) > 0) {
            *end = (struct point){place(x, along(cells[j].work, plot->kind)), place(y, height_of(&cells[j], plot))};
            fprintf(file, "%s%.1f %.1f", points++ == 0 ? "M" : "L", end->x, end->y);
        }
    fputs("\"/>", file);
    for (size_t j = 0; j < results->work_count; j++)
        if (height_of(&cells[j], plot) > 0) {
            draw_mark(file, design, place(x, along(cells[j].work, plot->kind)), place(y, height_of(&cells[j], plot)));
            draw_title(file, &cells[j], plot);
        }
    fputs("</g>\n", file);
    return true;
}

/* Names at the right, in the order in which the lines end, each as near to its end as the others allow. */
static void draw_names(FILE *file, const struct compare_results *results, const struct plot *plot, const struct point *ends,
                       const bool *drawn)
{
    bool named[COMPARE_DESIGNS_MAX] = {false};
    double at = TOP;
    size_t left = 0;
    for (size_t i = 0; i < results->design_count; i++)
        left += drawn[i];
    for (; left > 0; left--) {
        size_t next = COMPARE_DESIGNS_MAX;
        for (size_t i = 0; i < results->design_count; i++)
            if (drawn[i] && !named[i] && (next == COMPARE_DESIGNS_MAX || ends[i].y < ends[next].y))
                next = i;
        double last = plot->height - BOTTOM - NAME * (double)(left - 1);
        at = fmin(fmax(at, ends[next].y + 4), last);
        named[next] = true;
        fprintf(file, "<g class=\"series c%zu d%zu\" data-name=\"%s\">", next % 8, next / 8 % 3, results->designs[next]->name);
        fprintf(file, "<path class=\"lead\" d=\"M%.1f %.1fL%d %.1f\"/>", ends[next].x + 6, ends[next].y, WIDTH - RIGHT + 14,
                at - 4);
        draw_mark(file, next, WIDTH - RIGHT + 22, at - 4);
        fprintf(file, "</path><text x=\"%d\" y=\"%.1f\">%s</text></g>\n", WIDTH - RIGHT + 33, at,
                results->designs[next]->name);
        at += NAME;
    }
}

size_t compare_plot(FILE *file, const struct compare_results *results, enum compare_kind kind, enum compare_machine machine,
                    const char *title)
{
    struct plot plot = {kind, machine, LOW};
    int room = TOP + BOTTOM + NAME * (int)count_lines(results, &plot);
    plot.height = room > LOW ? room : LOW;
    struct axis x, y;
    struct point ends[COMPARE_DESIGNS_MAX] = {{0, 0}};
    bool drawn[COMPARE_DESIGNS_MAX] = {false};
    size_t lines = 0;
    if (measure_axes(results, &plot, &x, &y) == 0)
        return 0;
    fprintf(file, "<figure><figcaption>%s</figcaption>\n<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" "
                  "aria-label=\"%s; the tables have the same numbers\">\n", title, WIDTH, plot.height, title);
    draw_axes(file, results, &plot, &x, &y);
    for (size_t i = 0; i < results->design_count; i++)
        lines += drawn[i] = draw_series(file, results, i, &plot, &x, &y, &ends[i]);
    draw_names(file, results, &plot, ends, drawn);
    fputs("</svg></figure>\n", file);
    return lines;
}

/* Three bars for each design: entries, switches, picks. */
void compare_bars(FILE *file, const struct compare_results *results, const char *work)
{
    static const char *const names[] = {"kernel entries", "context switches", "scheduler picks"};
    double most = 1;
    char text[24];
    int shown = 0;
    for (size_t i = 0; i < results->design_count; i++) {
        const struct compare_cell *cell = compare_cell_find(results, results->designs[i]->name, work);
        if (cell == NULL || !cell->counted)
            continue;
        shown++;
        most = fmax(most, fmax(cell->counts.entries, fmax(cell->counts.switches, cell->counts.picks)));
    }
    int height = shown * (3 * BAR + 12) + 30, top = 28;
    fprintf(file, "<figure><figcaption>What one operation of \"%s\" counts</figcaption>\n<svg class=\"bars\" viewBox=\"0 0 %d "
                  "%d\" role=\"img\" aria-label=\"counts of %s; the tables have the same numbers\">\n", work, WIDTH,
            height, work);
    for (size_t k = 0; k < 3; k++)
        fprintf(file, "<rect class=\"b%zu\" x=\"%zu\" y=\"4\" width=\"12\" height=\"12\"/><text x=\"%zu\" y=\"15\">%s</text>",
                k, 120 + k * 160, 138 + k * 160, names[k]);
    for (size_t i = 0; i < results->design_count; i++) {
        const struct compare_cell *cell = compare_cell_find(results, results->designs[i]->name, work);
        if (cell == NULL || !cell->counted)
            continue;
        const double counts[] = {cell->counts.entries, cell->counts.switches, cell->counts.picks};
        fprintf(file, "\n<g data-design=\"%s\"><text x=\"112\" y=\"%d\" text-anchor=\"end\">%s</text>", cell->design->name,
                top + 2 * BAR - 3, cell->design->name);
        for (size_t k = 0; k < 3; k++) {
            double width = counts[k] / most * (WIDTH - 220);
            int y = top + (int)k * BAR;
            fprintf(file, "<rect class=\"b%zu\" x=\"120\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", k, y, fmax(width, 1),
                    BAR - 2);
            fprintf(file, "<text x=\"%.1f\" y=\"%d\">%s</text>", 126 + width, y + BAR - 4, compare_number(counts[k], text));
        }
        fputs("</g>", file);
        top += 3 * BAR + 12;
    }
    fputs("\n</svg></figure>\n", file);
}
