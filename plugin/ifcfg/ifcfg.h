/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reader of ifcfg-* files and modprobe.d: text in, connection settings and diagnostics out. No NetworkManager symbol,
 * no D-Bus, no network: whoever calls decides what to do with the settings.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define IFCFG_ERROR (ifcfg_error_quark())
GQuark ifcfg_error_quark(void);

enum ifcfg_error {
	IFCFG_ERROR_READ,	 /* a directory or file cannot be read */
	IFCFG_ERROR_INVALID,	 /* a profile cannot be used */
	IFCFG_ERROR_WRITE,	 /* a keyfile cannot be written */
	IFCFG_ERROR_EXISTS,	 /* a keyfile is there already */
	IFCFG_ERROR_UNSUPPORTED, /* no ifcfg file can say it */
};

enum ifcfg_severity {
	IFCFG_INFO,    /* understood, but worth knowing */
	IFCFG_WARNING, /* ignored or repaired; the profile works without it */
	IFCFG_FATAL,   /* this profile cannot be used */
};

/* Something to tell the user: where, what stands there, what is wrong, what to do. */
struct ifcfg_diagnostic {
	enum ifcfg_severity severity;
	char *file;
	guint line; /* from 1; 0: the whole file */
	char *text; /* the line as it stands in the file */
	char *message;
	char *remedy;
};

/* One profile: a bond, a port or another interface. */
struct ifcfg_profile {
	char *file;
	char *device;	    /* interface name; NULL if the file names none and goes by HWADDR */
	GVariant *settings; /* a{sa{sv}}, exactly as NetworkManager's D-Bus API has it */
	GVariant *extra;    /* a{ss}: options of a bond that the kernel has and NetworkManager's setting has not */
	/*
	 * a{sa{sv}}: "routing-rules" of rule-NAME and rule6-NAME, and "route-data" beside them, of "ipv4" and "ipv6".
	 * NetworkManager's own reader leaves them to a script, so @settings have neither; they are to be added to those.
	 */
	GVariant *routing;
	gboolean is_bond;
	char *bond;		/* of a port: its bond's interface name; else NULL */
	gboolean onboot;	/* ONBOOT */
	gboolean nm_controlled; /* NM_CONTROLLED; FALSE is common in old bond files and no reason to ignore them */
};

/* All that a directory says. */
struct ifcfg_result {
	GPtrArray *profiles;	/* struct ifcfg_profile *, bonds first, then by file name */
	GPtrArray *diagnostics; /* struct ifcfg_diagnostic *, by file and line */
};

/**
 * ifcfg_read_directory:
 * @network_scripts: directory of ifcfg-* files
 * @modprobe_d: (nullable): directory of *.conf files; their options are what the bonds' own files do not say;
 *   one that does not exist counts as empty. The file modprobe.conf beside it is read first
 * @error: IFCFG_ERROR_READ only: what is wrong inside a file is a diagnostic
 *
 * Also reads route-*, route6-*, rule-* and rule6-* beside the ifcfg files, and the file network in the directory above. Links out of the
 * directories are not followed; but diagnostics quote lines, so let nobody name a directory that he may not read.
 *
 * Returns: (transfer full): profiles and diagnostics, or %NULL.
 */
struct ifcfg_result *ifcfg_read_directory(const char *network_scripts, const char *modprobe_d, GError **error);

/**
 * ifcfg_read_file:
 *
 * One ifcfg file on its own, without modprobe.d.
 */
struct ifcfg_result *ifcfg_read_file(const char *path, GError **error);

void ifcfg_result_free(struct ifcfg_result *result);

/* Whether any diagnostic is fatal: then `apply` must not touch what runs. */
gboolean ifcfg_result_is_usable(const struct ifcfg_result *result);

/* "ifcfg-bond0:7: warning: …: `BONDING_OPTS=…`. Remedy", one line. */
char *ifcfg_diagnostic_format(const struct ifcfg_diagnostic *diagnostic);

G_END_DECLS
