/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fd-store.h"

#include "sd-notify.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

/* SD_LISTEN_FDS_START */
#define FIRST_FD 3
#define MAX_FDS	 65536

struct fd_store {
	struct datapath_keeper keeper;
	GHashTable *passed; /* name -> fd + 1 */
};

static int
store_take(void *user, const char *name)
{
	struct fd_store *store = user;
	int fd = GPOINTER_TO_INT(g_hash_table_lookup(store->passed, name)) - 1;

	g_hash_table_remove(store->passed, name);
	return fd;
}

static void
store_keep(void *user, const char *name, int fd)
{
	/* systemd would take an error that poll() shows for the end of its use, and BPF maps always show one. */
	g_autofree char *message = g_strdup_printf("FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);

	sd_notify_send_fd(message, fd);
}

static void
store_drop(void *user, const char *name)
{
	g_autofree char *message = g_strdup_printf("FDSTOREREMOVE=1\nFDNAME=%s", name);

	sd_notify_send(message);
}

/* Two of the same name: the one that came last counts. */
static void
add_passed(struct fd_store *store, const char *name, int fd)
{
	int other = store_take(store, name);

	if (other >= 0)
		close(other);
	(void) fcntl(fd, F_SETFD, FD_CLOEXEC);
	g_hash_table_insert(store->passed, g_strdup(name), GINT_TO_POINTER(fd + 1));
}

static gboolean
is_for_us(void)
{
	const char *pid = g_getenv("LISTEN_PID");
	guint64 number;

	return pid != NULL && g_ascii_string_to_unsigned(pid, 10, 1, G_MAXINT, &number, NULL) &&
	       (pid_t) number == getpid();
}

static void
read_passed(struct fd_store *store)
{
	const char *count = g_getenv("LISTEN_FDS");
	const char *list = g_getenv("LISTEN_FDNAMES");
	g_auto(GStrv) names = g_strsplit(list != NULL ? list : "", ":", -1);
	guint n_names = g_strv_length(names);
	guint64 n;

	if (!is_for_us() || count == NULL || !g_ascii_string_to_unsigned(count, 10, 0, MAX_FDS, &n, NULL))
		return;
	for (guint i = 0; i < n; i++) {
		if (fcntl(FIRST_FD + (int) i, F_GETFD) >= 0)
			add_passed(store, i < n_names ? names[i] : "unknown", FIRST_FD + (int) i);
	}
}

struct fd_store *
fd_store_new(void)
{
	struct fd_store *store = g_new0(struct fd_store, 1);

	store->keeper = (struct datapath_keeper){
	    .user = store,
	    .take = store_take,
	    .keep = store_keep,
	    .drop = store_drop,
	};
	store->passed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	read_passed(store);
	/* Not for children. */
	g_unsetenv("LISTEN_PID");
	g_unsetenv("LISTEN_FDS");
	g_unsetenv("LISTEN_FDNAMES");
	return store;
}

void
fd_store_clear(struct fd_store *store)
{
	GHashTableIter iter;
	gpointer name;
	gpointer fd;

	g_hash_table_iter_init(&iter, store->passed);
	while (g_hash_table_iter_next(&iter, &name, &fd)) {
		g_info("%s, kept from an earlier bondd, is of no use any more", (const char *) name);
		/* Of what is no link of a program the kernel refuses it. */
		(void) bpf_link_detach(GPOINTER_TO_INT(fd) - 1);
		close(GPOINTER_TO_INT(fd) - 1);
		store_drop(store, name);
	}
	g_hash_table_remove_all(store->passed);
}

void
fd_store_free(struct fd_store *store)
{
	GHashTableIter iter;
	gpointer fd;

	g_hash_table_iter_init(&iter, store->passed);
	while (g_hash_table_iter_next(&iter, NULL, &fd))
		close(GPOINTER_TO_INT(fd) - 1);
	g_hash_table_unref(store->passed);
	g_free(store);
}

const struct datapath_keeper *
fd_store_keeper(struct fd_store *store)
{
	return &store->keeper;
}
