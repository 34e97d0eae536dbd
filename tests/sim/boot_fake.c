/* SPDX-License-Identifier: MIT */
/* A stand-in does what its name and the variable FAKE say, and nothing that depends on time. */
#include "boot_fake.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void say(const char *text) { (void)!write(STDOUT_FILENO, text, strlen(text)); }

/* QEMU ------------------------------------------------------------------------------------------------------------- */

static const char *value_of(char **words, const char *option)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, option) == 0)
            return words[1];
    return NULL;
}

static int echo_input(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != 4)
        (void)!write(STDOUT_FILENO, &byte, 1);
    return 7;
}

static int accept_monitor(const char *words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t length = strcspn(words + 5, ",");
    if (length >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, words + 5, length);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0)
        return -1;
    say(BOOT_FAKE_BANNER "working");
    return accept(fd, NULL, NULL);
}

/* Answers as QEMU does, once; then is reset. */
static int hang(char **words)
{
    static const char answer[] =
        "info registers -a\33[K\r\n\r\nCPU#0\r\n V      =   0\r\n pc       ffff800080201234\r\n"
        " x0/zero  0000 x1/ra 0001 x2/sp    ffff80008020f000 x3/gp    0000\r\n(qemu) ";
    char line[64] = "";
    int fd = accept_monitor(value_of(words, "-monitor"));
    (void)!write(fd, "QEMU monitor\r\n(qemu) ", 21);
    if (read(fd, line, sizeof line) <= 0 || strncmp(line, "info registers -a\n", 18) != 0)
        return 1;
    (void)!write(fd, answer, sizeof answer - 1);
    memset(line, 0, sizeof line);
    if (read(fd, line, sizeof line) <= 0 || strcmp(line, "system_reset\n") != 0)
        return 1;
    say(BOOT_FAKE_BANNER "dump of all threads\n");
    return 70;
}

static int flood(void)
{
    char line[16];
    for (unsigned i = 0; i < 200000; i++) {
        snprintf(line, sizeof line, "%014u\n", i);
        say(line);
    }
    return 0;
}

/* Each word on a line of its own, and a copy of the archive. */
static int tell_words(char **words)
{
    char bytes[4096];
    const char *archive = value_of(words, "-initrd");
    FILE *from = archive != NULL ? fopen(archive, "r") : NULL,
         *to = from != NULL ? fopen(getenv("FAKE_COPY"), "w") : NULL;
    for (size_t count; to != NULL && (count = fread(bytes, 1, sizeof bytes, from)) > 0;)
        fwrite(bytes, 1, count, to);
    if (to != NULL)
        fclose(to);
    for (; *words != NULL; words++)
        printf("%s\n", *words);
    fflush(stdout);
    return 0;
}

static int be_qemu(const char *how, char **words)
{
    if (strcmp(how, "echo") == 0)
        return say(BOOT_FAKE_BANNER "ready\n"), echo_input();
    if (strcmp(how, "trace") == 0 &&
        write(STDERR_FILENO, "q: warning: icount sleep disabled and no active timers\n", 55) == 55)
        return say(BOOT_FAKE_BANNER "one\n\035event 1\r\ntwo\n\035event 2\r\n"), 0;
    if (strcmp(how, "flood") == 0)
        return flood();
    if (strcmp(how, "words") == 0)
        return tell_words(words);
    if (strcmp(how, "hang") == 0)
        return hang(words);
    if (strcmp(how, "firmware") == 0)
        return fputs("qemu-system-riscv64: Unable to load the RISC-V firmware \"fw.bin\"\n", stderr), 1;
    if (strcmp(how, "refuse") == 0)
        return fputs("qemu-system-riscv64: no such luck\n", stderr), 1;
    say("started\n");
    if (strcmp(how, "die") == 0)
        raise(SIGKILL);
    for (;;) /* stuck */
        pause();
}

/* CMake ------------------------------------------------------------------------------------------------------------ */

static void write_text(const char *folder, const char *name, const char *format, const char *value)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        exit(1);
    fprintf(file, format, value);
    fclose(file);
}

/* Notes what it was asked in FAKE_NOTES. */
static int be_cmake(const char *how, char **words)
{
    const char *source = value_of(words, "-S"), *folder = value_of(words, source != NULL ? "-B" : "--build");
    FILE *notes = fopen(getenv("FAKE_NOTES"), "a");
    for (char **word = words + 1; *word != NULL; word++)
        fprintf(notes, "%s%s", *word, word[1] != NULL ? " " : "\n");
    fclose(notes);
    if (getenv("CFLAGS") != NULL || strcmp(how, "fail") == 0)
        return puts("the compiler is not amused"), 1;
    if (strcmp(how, "stuck") == 0 && source == NULL)
        pause();
    if (source != NULL) {
        write_text(folder, "CMakeCache.txt", "A:STRING=b\nCMAKE_HOME_DIRECTORY:INTERNAL=%s\n", source);
        write_text(folder, "build.ninja", "%s\n", "rules");
    } else if (strcmp(how, "nothing") != 0) {
        write_text(folder, "ukern-riscv64.elf", "%s", "image");
    }
    return 0;
}

void boot_fake_main(int count, char **words)
{
    const char *how = getenv("FAKE"), *name = count > 0 ? strrchr(words[0], '/') : NULL;
    name = name != NULL ? name + 1 : count > 0 ? words[0] : "";
    if (strcmp(name, "qemu-system-riscv64") == 0)
        exit(be_qemu(how, words));
    if (strcmp(name, "cmake") == 0)
        exit(be_cmake(how, words));
}
