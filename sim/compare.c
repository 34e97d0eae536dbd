/* SPDX-License-Identifier: MIT */
/* `ukern compare`: runs the same workloads over every design and tells what each costs, and what its clients see. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "sim/compare_results.h"
#include "sim/sim.h"

enum { EXIT_UNMEASURED = 1 };

static const char help[] =
    "usage: ukern compare [OPTION...]\n"
    "\n"
    "Which design, and what does it cost? Runs the same workloads over every design of inter-process communication, in\n"
    "this process, and prints for each: kernel entries, context switches, scheduler picks, bytes copied by the kernel,\n"
    "pages mapped and unmapped (all of one operation, the same in every run); the median time and its ratio to direct\n"
    "rendezvous, measured in turns with it (the median of the ratios pair by pair, and the interval that holds it with\n"
    "95 % confidence); and what the client saw when it was flooded, or when its server was killed. It ends with claims\n"
    "that people make about designs, each with this machine's verdict and the row that decides it.\n"
    "\n"
    "  --design A,B      only these designs; direct rendezvous is measured beside them all the same\n"
    "  --json FILE       also write everything as JSON; keys: README.md of the sources, \"Compare\"\n"
    "  --html FILE       also write one page with tables and plots that needs no network\n"
    "  --machine M       hosted: this process (the default); riscv64: a bare machine that QEMU plays, in instructions\n"
    "                    of one operation, user and kernel, the same in every run; hosted,riscv64: both side by side\n"
    "  --images FOLDER   of riscv64: the images are in FOLDER, a build of the preset riscv64; nothing is built\n"
    "  --quick           fewer workloads, fewer and shorter batches\n"
    "  --limits R,C,S    how the design \"auto\" picks: up to R bytes in registers, up to C through message buffers, up to\n"
    "                    S as lazy copies, above shared. The last line says where these limits lie on this machine\n"
    "                    (<ukern/transfer.h>), if registers, buffer, cow and share were compared\n"
    "  --list            the designs and the workloads, and nothing else\n"
    "\n"
    "Exit code: 0, whatever the verdicts; 1 when something could not be measured; 2 for words that make no sense; 74\n"
    "when a file or the output could not be written.\n"
    "\n"
    "example: ukern compare --quick --html compare.html\n";

static int complain_unknown_design(const char *name, size_t length)
{
    const struct compare_design *design;
    fprintf(stderr, "ukern: there is no design \"%.*s\"; there are:", (int)length, name);
    for (size_t i = 0; (design = compare_design_at(i)) != NULL; i++)
        fprintf(stderr, " %s", design->name);
    fprintf(stderr, "\n");
    return EXIT_USAGE;
}

static bool is_chosen(const struct compare_results *results, const struct compare_design *design)
{
    for (size_t i = 0; i < results->design_count; i++)
        if (results->designs[i] == design)
            return true;
    return false;
}

static void add_design(struct compare_results *results, const struct compare_design *design)
{
    if (!is_chosen(results, design) && results->design_count < COMPARE_DESIGNS_MAX)
        results->designs[results->design_count++] = design;
}

static int choose(struct compare_results *results)
{
    const struct compare_options *options = results->options;
    const struct compare_design *design;
    const struct compare_work *work;
    const char *name = options->designs;
    add_design(results, compare_design_at(0));
    for (size_t i = 0; name == NULL && (design = compare_design_at(i)) != NULL; i++)
        add_design(results, design);
    while (name != NULL) {
        size_t length = strcspn(name, ",");
        design = compare_design_find(name, length);
        if (design == NULL)
            return complain_unknown_design(name, length);
        add_design(results, design);
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    for (size_t i = 0; (work = compare_work_at(i)) != NULL && results->work_count < COMPARE_WORKS_MAX; i++)
        if (!options->quick || work->quick)
            results->works[results->work_count++] = work;
    return 0;
}

static bool write_file(const char *path, const struct compare_results *results,
                       bool (*tell)(FILE *, const struct compare_results *))
{
    FILE *file = fopen(path, "w");
    bool good = file != NULL && tell(file, results);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "ukern: cannot write %s: %s; name a file that you may write\n", path, strerror(errno));
    return good;
}

/* Before minutes of work are lost. An empty file stays behind if the work is broken off. */
static bool may_write(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (path != NULL && file == NULL)
        fprintf(stderr, "ukern: cannot write %s: %s; name a file that you may write\n", path, strerror(errno));
    if (file != NULL)
        fclose(file);
    return path == NULL || file != NULL;
}

static void keep_to_one_processor(void)
{
    cpu_set_t one;
    int cpu = sched_getcpu();
    CPU_ZERO(&one);
    CPU_SET(cpu >= 0 ? (unsigned)cpu : 0, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

static int measure_all(struct compare_results *results)
{
    const struct compare_options *options = results->options;
    bool measured = true, written = true;
    int code = options->bare ? compare_weigh(results) : 0;
    if (code != 0)
        return code;
    keep_to_one_processor();
    compare_print_head(results);
    for (size_t i = 0; i < results->work_count; i++) {
        measured = (!options->hosted || compare_measure(results, i)) && measured;
        compare_print_work(results, i);
    }
    if (options->hosted)
        compare_measure_remap(results);
    compare_print_claims(results);
    compare_print_limits(results);
    if (!measured)
        fprintf(stderr, "ukern: not all could be measured; give it more memory, or address space\n");
    if (options->json != NULL)
        written = write_file(options->json, results, compare_json_write);
    if (options->html != NULL)
        written = write_file(options->html, results, compare_html_write) && written;
    return !written ? EXIT_OUTPUT : measured ? 0 : EXIT_UNMEASURED;
}

static int compare(const struct compare_options *options)
{
    struct compare_results *results = calloc(1, sizeof *results);
    if (results == NULL)
        return EXIT_UNMEASURED;
    results->options = options;
    results->files = compare_files_open();
    results->measure = (struct bench_options){.pairs = options->quick ? 31 : 101,
                                              .batch_ns = options->quick ? 100e3 : 400e3,
                                              .quick = options->quick};
    int code = choose(results);
    if (code == 0 && results->files == NULL)
        code = (fprintf(stderr, "ukern: there is too little memory for the files that are read\n"), EXIT_UNMEASURED);
    if (code == 0 && (!may_write(options->json) || !may_write(options->html)))
        code = EXIT_OUTPUT;
    if (code == 0)
        code = measure_all(results);
    compare_files_close(results->files);
    free(results);
    return code;
}

static int list(void)
{
    const struct compare_design *design;
    const struct compare_work *work;
    printf("designs:\n");
    for (size_t i = 0; (design = compare_design_at(i)) != NULL; i++)
        printf("  %-12s %s (%s)\n", design->name, design->what, design->after);
    printf("workloads (* also with --quick):\n");
    for (size_t i = 0; (work = compare_work_at(i)) != NULL; i++)
        printf("%c %-12s %s\n", work->quick ? '*' : ' ', work->name, work->what);
    return 0;
}

static int usage(const char *word)
{
    fprintf(stderr, "ukern: %s is no option of compare, or lacks its value; see ukern compare --help\n", word);
    return EXIT_USAGE;
}

static bool choose_limits(const char *text)
{
    unsigned long long numbers[3] = {0, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        char *end;
        if (*text < '0' || *text > '9')
            return false;
        numbers[i] = strtoull(text, &end, 10);
        if (*end != (i < 2 ? ',' : '\0'))
            return false;
        text = end + 1;
    }
    compare_limits = (struct uk_transfer_limits){numbers[0], numbers[1], numbers[2]};
    return true;
}

static int complain_limits(const char *word)
{
    fprintf(stderr, "ukern: \"%s\" is not three numbers of bytes with commas between\n", word);
    return EXIT_USAGE;
}

static bool choose_machines(struct compare_options *options, const char *names)
{
    for (const char *name = names;; name++) {
        size_t length = strcspn(name, ",");
        bool hosted = length == 6 && memcmp(name, "hosted", length) == 0;
        bool bare = length == 7 && memcmp(name, "riscv64", length) == 0;
        options->hosted = options->hosted || hosted;
        options->bare = options->bare || bare;
        if (!hosted && !bare)
            return fprintf(stderr, "ukern: there is no machine \"%.*s\" to compare on; there are: hosted riscv64\n",
                           (int)length, name), false;
        name += length;
        if (*name == '\0')
            return true;
    }
}

int compare_command(int count, char **words)
{
    struct compare_options options = {.quick = false};
    for (int i = 0; i < count; i++) {
        bool value = i + 1 < count;
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return fputs(help, stdout) < 0;
        else if (strcmp(words[i], "--list") == 0)
            return list();
        else if (strcmp(words[i], "--quick") == 0)
            options.quick = true;
        else if (strcmp(words[i], "--json") == 0 && value)
            options.json = words[++i];
        else if (strcmp(words[i], "--html") == 0 && value)
            options.html = words[++i];
        else if (strcmp(words[i], "--limits") == 0 && value) {
            if (!choose_limits(words[++i]))
                return complain_limits(words[i]);
        } else if (strcmp(words[i], "--design") == 0 && value)
            options.designs = words[++i];
        else if (strcmp(words[i], "--images") == 0 && value)
            options.images = words[++i];
        else if (strcmp(words[i], "--machine") == 0 && value) {
            if (!choose_machines(&options, words[++i]))
                return EXIT_USAGE;
        }
        else
            return usage(words[i]);
    }
    options.hosted = options.hosted || !options.bare;
    return compare(&options);
}
