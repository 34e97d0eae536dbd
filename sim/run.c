/* SPDX-License-Identifier: MIT */
/* `ukern run`: packs or reads the archive, boots the system on it, feeds its console, and says what it took. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "root/root.h"
#include "runtime/transports.h"
#include "sim/archive.h"
#include "sim/choose.h"
#include "sim/options.h"
#include "sim/sim.h"
#include "sim/simulation.h"
#include "sim/transports.h"

static const char help[] =
    "usage: ukern run [DIRECTORY | ARCHIVE.cpio] [OPTION...]\n"
    "\n"
    "Boots the microkernel with its servers (root, memory, console, names, files, shell) in this process. The\n"
    "file server serves DIRECTORY, packed by cpio, or ARCHIVE, made by cpio -H newc; neither: an empty tree. The\n"
    "shell reads commands from standard input; type help there.\n"
    "\n"
    "  --script FILE  commands come from FILE; the first that fails ends the shell, and its code is the exit code\n"
    "  --seed N       free choices (who of equals runs, when to preempt) are drawn from N: same N, same run\n"
    "  --strict       hide every other task's memory while one runs: a wild pointer is caught, not obeyed\n"
    "  --trace        print every kernel event to standard error\n"
    "  --real-time    kernel time is the host's clock, not the virtual one, which counts kernel entries\n"
    "  --memory MIB   memory beside the archive; 64 if not given\n"
    "  --transport T  how shell and file server talk: call if not given; help lists them\n"
    "  --latency TIME how long a message between the two takes, each way, in kernel time: 10us, 1ms\n"
    "  --quiet        no table at the end\n"
    "\n"
    "The table at the end goes to standard error. Host system calls are those made while the system ran: page\n"
    "mappings (mmap), returns from signals (faults, and pages that the host had yet to map), signals and timer\n"
    "put in place, and the console's poll, read and write; not those of starting and ending the process, of\n"
    "--trace, of the progress line, and of the tick that catches endless loops. A call from task to task makes\n"
    "none.\n"
    "\n"
    "Exit code: the shell's; 2 for words that make no sense or name what cannot be read; 70 when the kernel\n"
    "broke or nothing can run any more; 71 when a server that all need ended; 74 when output could not be\n"
    "written.\n"
    "\n"
    "example: echo 'sha256sum -r /' | ukern run /usr/share/doc/cpio\n";

/* All that a run holds of the host. */
struct run {
    struct run_options options;
    struct host_archive archive, script;
    struct chooser chooser;
    struct progress progress;
    struct simulation simulation;
    char error[1024];
};

static int complain(const char *text)
{
    fprintf(stderr, "ukern: %s\n", text);
    return EXIT_USAGE;
}

static void print_event(void *context, const struct uk_event *event)
{
    char line[512];
    size_t length = uk_event_text(event, line, sizeof line - 1);
    line[length++] = '\n';
    fwrite(line, 1, length, context);
}

static void before_output(void *context)
{
    struct run *run = context;
    progress_hide(&run->progress);
}

static bool load_script(struct run *run)
{
    const char *path = run->options.script;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return host_archive_fail(&run->script, "cannot open the script %s: %s; name a file that you may read", path,
                                 strerror(errno));
    bool good = host_archive_read(&run->script, fd, path);
    close(fd);
    return good;
}

static void open_console(struct run *run)
{
    struct host_console *console = &run->simulation.console;
    console->output_fd = STDOUT_FILENO;
    console->input_fd = STDIN_FILENO;
    console->prompt_output = isatty(STDOUT_FILENO);
    console->before_output = before_output;
    console->context = run;
    if (run->options.script == NULL)
        return;
    console->input_fd = -1;
    console->script = run->script.bytes != NULL ? (const char *)run->script.bytes : "";
    console->script_bytes = run->script.count;
}

static bool boot(struct run *run)
{
    const struct run_options *options = &run->options;
    struct uk_config config = {
        .strict = options->strict,
        .real_time = options->real_time,
        .argument = argument_make(options->script == NULL && isatty(STDIN_FILENO), options->transport,
                                  options->latency_ns),
        .archive = run->archive.bytes,
        .archive_bytes = run->archive.count,
        .trace = options->trace ? print_event : NULL,
        .trace_context = stderr,
        .choose = options->seeded ? chooser_choose : NULL,
        .choose_context = &run->chooser,
    };
    chooser_open(&run->chooser, options->seed);
    simulation_configure(&config, (uk_word)options->memory_mib << 20);
    bool good = simulation_boot(&run->simulation, &config, run->error, sizeof run->error);
    if (config.archive != NULL) { /* the kernel has its own copy */
        free(run->archive.bytes);
        run->archive.bytes = NULL;
    }
    return good;
}

static int execute(struct run *run)
{
    struct uk_counters counters;
    run->simulation.progress = &run->progress;
    int code = simulation_run(&run->simulation, root_main, run->error, sizeof run->error);
    if (run->error[0] != '\0')
        (void)complain(run->error);
    if (!run->options.quiet) {
        uk_counters(run->simulation.kernel, &counters);
        report_table(stderr, &counters, simulation_host_calls(&run->simulation), run->simulation.real_ns);
    }
    return code;
}

static int run_simulation(struct run *run)
{
    if (run->options.script != NULL && !load_script(run))
        return complain(run->script.error);
    progress_open(&run->progress, stderr);
    run->archive.progress = &run->progress;
    bool loaded = host_archive_load(&run->archive, run->options.archive);
    progress_hide(&run->progress);
    if (!loaded)
        return complain(run->archive.error);
    open_console(run);
    if (!boot(run))
        return complain(run->error);
    return execute(run);
}

int run_command(int count, char **words)
{
    char error[512];
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return complain("there is no memory left");
    int code = 0;
    if (!run_options_read(&run->options, count, words, error, sizeof error))
        code = complain(error);
    else if (run->options.help)
        fputs(help, stdout);
    else if (run->options.transports)
        transports_print(stdout);
    else
        code = run_simulation(run);
    simulation_close(&run->simulation);
    free(run->archive.bytes);
    free(run->script.bytes);
    free(run);
    return code;
}
