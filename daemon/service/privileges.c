/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same three are in data/bondd.service.in; the second column is what fails without. */
static const struct {
	int capability;
	const char *name;
	const char *use;
} needed[] = {
    {CAP_NET_ADMIN, "CAP_NET_ADMIN", "make bonds and set up ports"},
    {CAP_NET_RAW, "CAP_NET_RAW", "open sockets on ports"},
    {CAP_BPF, "CAP_BPF", "load the programs that catch a port's frames"},
};

#define BIT(capability) (G_GUINT64_CONSTANT(1) << (capability))

/* glibc has no wrappers; libcap would be a library for these two calls. */
static gboolean
capabilities_get(struct __user_cap_data_struct *data)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

	return syscall(SYS_capget, &header, data) == 0;
}

static gboolean
capabilities_set(guint64 set)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	for (guint i = 0; i < G_N_ELEMENTS(data); i++)
		data[i].effective = data[i].permitted = (guint32) (set >> (32 * i));
	return syscall(SYS_capset, &header, data) == 0;
}

/* AF_XDP memory counts as locked: without a limit for it no capability is needed. */
static gboolean
unlimit_locked_memory(void)
{
	const struct rlimit infinite = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit now;

	if (getrlimit(RLIMIT_MEMLOCK, &now) == 0 && now.rlim_cur == RLIM_INFINITY)
		return TRUE;
	return setrlimit(RLIMIT_MEMLOCK, &infinite) == 0;
}

static guint64
wanted(void)
{
	guint64 set = unlimit_locked_memory() ? 0 : BIT(CAP_IPC_LOCK);

	for (guint i = 0; i < G_N_ELEMENTS(needed); i++)
		set |= BIT(needed[i].capability);
	return set;
}

static void
tell_missing(guint64 have)
{
	for (guint i = 0; i < G_N_ELEMENTS(needed); i++) {
		if ((have & BIT(needed[i].capability)) == 0)
			g_warning("without %s it cannot %s: run it as root, or by its unit", needed[i].name,
				  needed[i].use);
	}
}

/* Not even a program that is executed may get them back. Ends where the kernel knows no more. */
static void
drop_bounds(guint64 keep)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
		if ((keep & BIT(capability)) == 0)
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	}
}

void
privileges_drop(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	guint64 keep = wanted();

	if (!capabilities_get(data)) {
		g_warning("cannot read its capabilities: %s", g_strerror(errno));
		return;
	}
	keep &= data[0].permitted | (guint64) data[1].permitted << 32;
	tell_missing(keep);
	drop_bounds(keep);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!capabilities_set(keep) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		g_warning("cannot give up its capabilities: %s", g_strerror(errno));
}
