/* SPDX-License-Identifier: MIT */
/* `ukern boot`: builds the kernel image if need be, and runs it with an archive in QEMU, from which nothing is left. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/transports.h"
#include "sim/boot_folder.h"
#include "sim/boot_kernel.h"
#include "sim/boot_pump.h"
#include "sim/machine_build_tools.h"
#include "sim/qemu.h"
#include "sim/sim.h"
#include "sim/transports.h"

#define SECOND_NS UINT64_C(1000000000)

static const char help[] =
    "usage: ukern boot [--machine riscv64] [DIRECTORY | ARCHIVE.cpio] [OPTION...]\n"
    "\n"
    "Boots the microkernel with its servers (root, memory, console, names, files, shell) on a bare machine, which\n"
    "QEMU plays. The file server serves DIRECTORY, packed by cpio, or ARCHIVE, made by cpio -H newc; neither: an\n"
    "empty tree. The shell reads commands from standard input; type help there. The kernel image is built first,\n"
    "from the sources of this command, as far as there is something to build.\n"
    "\n"
    "  --script FILE      commands come from FILE; the first that fails ends the shell, and its code is the exit\n"
    "                     code\n"
    "  --memory MIB       memory beside the archive; 128 if not given\n"
    "  --harts N          processors; 1 if not given; the kernel uses one\n"
    "  --image FILE       boot this kernel image, with the archive in it if no other is given; nothing is built\n"
    "  --compiler NAME    build with gcc (if not given) or clang\n"
    "  --icount           QEMU's clock counts instructions, so that runs are alike\n"
    "  --virtual-time     kernel time counts kernel entries, as in ukern run; it is not the machine's clock\n"
    "  --trace            print every kernel event to standard error\n"
    "  --transport NAME   how shell and file server talk: call if not given; help lists them\n"
    "  --latency TIME     how long a message between the two takes, each way, in kernel time: 10us, 1ms\n"
    "  --timeout SECONDS  end a machine that has printed nothing for so long, and show where it hung; 60 if not\n"
    "                     given, but no limit when commands come from a terminal; 0: no limit\n"
    "  --gdb              wait for gdb before the first instruction; no time limit\n"
    "  --quiet            no table at the end\n"
    "\n"
    "The table at the end goes to standard error. What the firmware prints before the kernel starts is left out.\n"
    "\n"
    "Exit code: the shell's, with which the machine powers off; 2 for words that make no sense, name what cannot\n"
    "be read, or need programs that are missing; 70 when the kernel broke, nothing could run any more, the machine\n"
    "hung or QEMU died; 71 when the image could not be built, the system could not be started, or a server that\n"
    "all need ended; 74 when output could not be written.\n"
    "\n"
    "example: echo 'sha256sum -r /' | ukern boot /usr/share/doc/cpio\n";

/* All that a boot holds of the host. */
struct boot {
    struct boot_options options;
    struct host_archive archive, script;
    struct boot_kernel kernel;
    struct progress progress;
    struct boot_signals signals;
    struct boot_folder folder;
    struct qemu_arguments arguments;
    struct qemu_process process;
    struct boot_pump pump;
    uint64_t started_ns;
    char emulator[PATH_MAX];
    char error[BOOT_ERROR];
};

__attribute__((format(printf, 2, 3))) static int complain(int code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("ukern: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return code;
}

/* Files that we open must not be taken for standard ones that our parent closed; those fail as closed ones do. */
static void fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static bool load_script(struct boot *boot)
{
    const char *path = boot->options.script;
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (path == NULL)
        return true;
    if (fd < 0)
        return host_archive_fail(&boot->script, "cannot open the script %s: %s; name a file that you may read", path,
                                 strerror(errno));
    bool good = host_archive_read(&boot->script, fd, path);
    close(fd);
    return good;
}

/* All that can be refused before anything is made. */
static int prepare(struct boot *boot)
{
    const struct boot_options *options = &boot->options;
    progress_open(&boot->progress, stderr);
    if (!load_script(boot))
        return snprintf(boot->error, sizeof boot->error, "%s", boot->script.error), EXIT_USAGE;
    int code = boot_kernel_check(options, true, boot->error, sizeof boot->error);
    if (code == 0)
        code = boot_kernel_archive(&boot->archive, options, &boot->progress, boot->error, sizeof boot->error);
    if (code == 0 && !boot_signals_open(&boot->signals))
        code = (snprintf(boot->error, sizeof boot->error, "cannot watch signals: %s", strerror(errno)), EXIT_BROKEN);
    if (code == 0)
        code =
            boot_kernel_open(&boot->kernel, options, &boot->progress, &boot->signals, boot->error, sizeof boot->error);
    if (code != 0 || boot->signals.stopped != 0)
        return code;
    bool good =
        boot_folder_open(&boot->folder, boot->error, sizeof boot->error) &&
        boot_folder_write(&boot->folder, boot->archive.bytes, boot->archive.count, boot->error, sizeof boot->error);
    return good ? 0 : EXIT_USAGE;
}

static bool is_interactive(const struct boot_options *options)
{
    return options->script == NULL && isatty(STDIN_FILENO);
}

static void describe_debugger(const char *image, unsigned port)
{
    fputs("ukern: the machine waits for a debugger; in another terminal:\n  gdb-multiarch ", stderr);
    boot_kernel_print_name(stderr, image);
    fprintf(stderr, " -ex 'target remote 127.0.0.1:%u'\n", port);
}

static int start(struct boot *boot)
{
    const struct boot_options *options = &boot->options;
    uint64_t own = boot->kernel.image.archive_bytes;
    bool given = options->archive != NULL || own == 0;
    struct qemu_request request = {
        .program = boot->emulator,
        .image = boot->kernel.path,
        .archive = given ? boot->folder.archive : NULL,
        .monitor = boot->folder.monitor,
        .memory_mib = qemu_memory_mib(options->memory_mib, own + (given ? boot->archive.count : 0)),
        .harts = options->harts,
        .gdb_port = options->gdb ? qemu_process_port() : 0,
        .icount = options->icount,
        .interactive = is_interactive(options),
        .virtual_time = options->virtual_time,
        .trace = options->trace,
        .argument = argument_make(false, options->transport, options->latency_ns),
    };
    if (options->gdb && request.gdb_port == 0)
        return complain(EXIT_USAGE, "there is no free port for gdb; end another boot --gdb");
    (void)machine_build_find(MACHINE_BUILD_EMULATOR, boot->emulator, sizeof boot->emulator);
    qemu_arguments_make(&boot->arguments, &request);
    if (request.gdb_port != 0)
        describe_debugger(boot->kernel.path, request.gdb_port);
    boot->started_ns = report_host_time();
    if (!qemu_process_start(&boot->process, boot->arguments.words, &boot->signals))
        return complain(EXIT_ENDED, "cannot start %s: %s", boot->emulator, strerror(errno));
    return 0;
}

static void pump(struct boot *boot)
{
    const struct boot_options *options = &boot->options;
    struct boot_pump *pump = &boot->pump;
    bool endless = options->gdb || (options->timeout_s == BOOT_TIMEOUT_NONE_GIVEN && is_interactive(options));
    uint64_t seconds = options->timeout_s == BOOT_TIMEOUT_NONE_GIVEN ? BOOT_TIMEOUT_S : options->timeout_s;
    pump->process = &boot->process;
    pump->signals = &boot->signals;
    pump->trace = options->trace;
    pump->console.fd = STDOUT_FILENO;
    pump->messages.fd = STDERR_FILENO;
    pump->watch.timeout_ns = endless ? 0 : seconds * SECOND_NS;
    pump->watch.monitor_path = boot->folder.monitor;
    pump->input.fd = STDIN_FILENO;
    if (options->script != NULL) {
        pump->input.script = boot->script.bytes != NULL ? (const char *)boot->script.bytes : "";
        pump->input.script_bytes = boot->script.count;
    }
    boot_pump_run(pump);
}

static void print_table(const struct boot *boot)
{
    const struct boot_pump *pump = &boot->pump;
    uint64_t now = report_host_time(), first = pump->first_ns != 0 ? pump->first_ns : now;
    char text[32];
    if (boot->options.quiet || pump->serial_bytes == 0)
        return;
    fprintf(stderr, "  %-18s %16s\n", "console bytes", report_digits(pump->console.total, text));
    fprintf(stderr, "  %-18s %14.6f s\n", "start to output", (double)(first - boot->started_ns) / SECOND_NS);
    fprintf(stderr, "  %-18s %14.6f s\n", "real time", (double)(now - boot->started_ns) / SECOND_NS);
}

/* QEMU refused to play the machine: it said why, and no instruction ran. */
static int judge_refusal(const struct boot *boot, int status)
{
    if (strstr(boot->pump.said, "RISC-V firmware") != NULL)
        return complain(EXIT_USAGE, "the firmware OpenSBI is missing; install with apt-get install %s",
                        MACHINE_BUILD_FIRMWARE_PACKAGE);
    return complain(EXIT_ENDED, "QEMU did not start the machine, see above; its exit code is %d", status);
}

static int judge(const struct boot *boot)
{
    const struct boot_pump *pump = &boot->pump;
    int status = boot->process.status;
    if (boot->signals.stopped != 0)
        return 128 + boot->signals.stopped;
    if (pump->watch.hung)
        return EXIT_BROKEN;
    if (pump->console.error != 0)
        return complain(EXIT_OUTPUT, "cannot write the output: %s", strerror(pump->console.error));
    if (pump->trace && pump->messages.error != 0)
        return complain(EXIT_OUTPUT, "cannot write the trace: %s", strerror(pump->messages.error));
    if (WIFSIGNALED(status))
        return complain(EXIT_BROKEN, "QEMU was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    status = WEXITSTATUS(status);
    bool refused = pump->serial_bytes == 0 && pump->said_bytes > 0 && (status == 1 || status == 127);
    return refused ? judge_refusal(boot, status) : status;
}

static int boot_machine(struct boot *boot)
{
    int code = prepare(boot);
    if (code != 0 && boot->error[0] != '\0')
        return complain(code, "%s", boot->error);
    if (code != 0 || boot->signals.stopped != 0)
        return code;
    code = start(boot);
    if (code != 0)
        return code;
    pump(boot);
    code = judge(boot);
    if (boot->signals.stopped == 0)
        print_table(boot);
    return code;
}

int boot_command(int count, char **words)
{
    struct boot *boot = calloc(1, sizeof *boot);
    if (boot == NULL)
        return complain(EXIT_USAGE, "there is no memory left");
    int code = 0;
    fill_standard_files();
    if (!boot_options_read(&boot->options, BOOT_WORDS, count, words, boot->error, sizeof boot->error))
        code = complain(EXIT_USAGE, "%s", boot->error);
    else if (boot->options.help)
        fputs(help, stdout);
    else if (boot->options.transports)
        transports_print(stdout);
    else
        code = boot_machine(boot);
    qemu_process_close(&boot->process);
    boot_folder_close(&boot->folder);
    boot_kernel_close(&boot->kernel);
    struct boot_signals signals = boot->signals;
    boot_signals_close(&signals);
    free(boot->archive.bytes);
    free(boot->script.bytes);
    free(boot);
    boot_signals_obey(&signals);
    return code;
}
