/* Preloaded into a process that writes: fails or kills it at its n-th change of a
 * file below a folder, and keeps a log of the changes from which a loss of power
 * can be played back.
 *
 *   FAULT_ROOT    only files below this folder count
 *   FAULT_ARM     nothing counts before this file exists
 *   FAULT_AT      number of the change, from 1; 0: none
 *   FAULT_ERRNO   the error that this change meets; 0: the process is killed
 *   FAULT_STICKY  set: all later changes meet the error, too (a full disk stays full)
 *   FAULT_SYNCS   set: only fsync and fdatasync are counted and meet the error
 *   FAULT_CARELESS  a word: an fsync of folders with it in their path does nothing, as
 *                   if it were not called
 *   FAULT_LOG     folder that takes the log, and a link to each file that loses its
 *                 name; on the same file system as FAULT_ROOT
 *
 * Lines of the log, in their order: "write PATH", "sync PATH" (a file's content or
 * a folder's names are on the disk), "failed PATH" (an fsync failed, after which Linux
 * takes the content for written: no later fsync brings it to the disk),
 * "rename OLD NEW SAVED", "unlink PATH SAVED", "sync-all ROOT" (so is everything).
 * Paths hold no spaces here. SAVED is "-" where there was nothing to save.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define PATH_BYTES 4096

static long num_changes = 0;
static int is_logging = 0; /* what the log itself writes does not count */

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int is_ours(const char *path) {
    const char *root = setting("FAULT_ROOT");
    if (is_logging || !*root || strncmp(path, root, strlen(root)) != 0) return 0;
    return access(setting("FAULT_ARM"), F_OK) == 0;
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_BYTES - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static void note(const char *line) {
    char path[PATH_BYTES];
    if (!*setting("FAULT_LOG")) return;
    snprintf(path, sizeof path, "%s/log", setting("FAULT_LOG"));
    is_logging = 1;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        if (write(fd, line, strlen(line)) < 0) abort();
        close(fd);
    }
    is_logging = 0;
}

static void save(const char *path, char *saved) {
    char target[PATH_BYTES];
    snprintf(target, sizeof target, "%s/%ld", setting("FAULT_LOG"), num_changes);
    if (link(path, target) == 0) snprintf(saved, PATH_BYTES, "%s", target);
    else strcpy(saved, "-");
}

/* Count one change; true if it has to fail. */
static int is_due(int is_sync) {
    long at = atol(setting("FAULT_AT"));
    if (*setting("FAULT_SYNCS") && !is_sync) return 0;
    num_changes++;
    int reached = num_changes == at || (*setting("FAULT_STICKY") && num_changes > at);
    if (at <= 0 || !reached) return 0;
    int code = atoi(setting("FAULT_ERRNO"));
    if (code == 0) raise(SIGKILL);
    errno = code;
    return 1;
}

static void note_one(const char *what, const char *path) {
    char line[PATH_BYTES + 16];
    snprintf(line, sizeof line, "%s %s\n", what, path);
    note(line);
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);

#define WRITE(result, name, arguments, values) \
    result name arguments { \
        REAL(name) \
        char path[PATH_BYTES]; \
        if (!path_of(fd, path)) return real values; \
        if (is_due(0)) return -1; \
        result answer = real values; \
        note_one("write", path); \
        return answer; \
    }

WRITE(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n))
WRITE(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at))
WRITE(ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at))
WRITE(int, ftruncate, (int fd, off_t n), (fd, n))
WRITE(int, ftruncate64, (int fd, off64_t n), (fd, n))

static int is_careless(const char *path) {
    struct stat status;
    const char *word = setting("FAULT_CARELESS");
    if (!*word || !strstr(path, word)) return 0;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

#define SYNC(name) \
    int name(int fd) { \
        REAL(name) \
        char path[PATH_BYTES]; \
        if (!path_of(fd, path)) return real(fd); \
        if (is_careless(path)) return 0; \
        if (is_due(1)) { \
            int code = errno; \
            note_one("failed", path); \
            errno = code; \
            return -1; \
        } \
        int answer = real(fd); \
        note_one("sync", path); \
        return answer; \
    }

SYNC(fsync)
SYNC(fdatasync)

void sync(void) {
    REAL(sync)
    real();
    if (is_ours(setting("FAULT_ROOT"))) note_one("sync-all", setting("FAULT_ROOT"));
}

int rename(const char *old, const char *new) {
    REAL(rename)
    if (!is_ours(old)) return real(old, new);
    if (is_due(0)) return -1;
    char saved[PATH_BYTES], line[3 * PATH_BYTES];
    save(new, saved);
    int answer = real(old, new);
    if (answer == 0) {
        snprintf(line, sizeof line, "rename %s %s %s\n", old, new, saved);
        note(line);
    }
    return answer;
}

int unlink(const char *path) {
    REAL(unlink)
    if (!is_ours(path)) return real(path);
    if (is_due(0)) return -1;
    char saved[PATH_BYTES], line[2 * PATH_BYTES];
    save(path, saved);
    int answer = real(path);
    if (answer == 0) {
        snprintf(line, sizeof line, "unlink %s %s\n", path, saved);
        note(line);
    }
    return answer;
}
