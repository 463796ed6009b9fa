/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands: one table, one function each.
 */
#pragma once

#include "client.h"

G_BEGIN_DECLS

/* What may stand at a place of the command line, for completion. */
enum word {
	WORD_BOND = 1 << 0,
	WORD_PORT = 1 << 1,
	WORD_DEVICE = 1 << 2,	  /* an interface that is neither */
	WORD_OPTION = 1 << 3,	  /* OPTION=VALUE of the bond or port named before */
	WORD_OWN_OPTION = 1 << 4, /* OPTION=VALUE that only a new bond takes */
	WORD_OPTION_NAME = 1 << 5,
	WORD_FLOW_FIELD = 1 << 6,
	WORD_FILE = 1 << 7, /* or a directory; the shell knows them */
};

struct command {
	const char *name;
	const char *alias;     /* or NULL */
	const char *arguments; /* as help shows them */
	const char *summary;   /* NULL: not for people, help does not list it */
	const char *help;
	guint flags;	  /* TAKES() each that it takes */
	guint words[3];	  /* enum word, a place each; the last that is not 0 stands for all behind it */
	gboolean offline; /* it can do without the bus */
	guint min_arguments;
	guint max_arguments;
	gboolean without_bus; /* reads files as the one who calls; bondd need not run */
	enum exit_code (*run)(struct client *client, guint n, char **arguments);
};

#define ANY_NUMBER G_MAXUINT

/* Where the ifcfg files are if nothing else is said. */
#define DEFAULT_SCRIPTS	   "/etc/sysconfig/network-scripts"
#define DEFAULT_MODPROBE_D "/etc/modprobe.d"

extern const struct command commands[];
extern const guint n_commands;

/* By its name or alias; NULL if there is none. */
const struct command *command_find(const char *name);

/* top.c */
enum exit_code command_top(struct client *client, guint n, char **arguments);
/* completion.c */
enum exit_code command_complete(struct client *client, guint n, char **arguments);
/* show.c */
enum exit_code command_overview(struct client *client, guint n, char **arguments);
enum exit_code command_show(struct client *client, guint n, char **arguments);
enum exit_code command_proc(struct client *client, guint n, char **arguments);
/* change.c */
enum exit_code command_create(struct client *client, guint n, char **arguments);
enum exit_code command_delete(struct client *client, guint n, char **arguments);
enum exit_code command_add(struct client *client, guint n, char **arguments);
enum exit_code command_remove(struct client *client, guint n, char **arguments);
enum exit_code command_set(struct client *client, guint n, char **arguments);
enum exit_code command_activate(struct client *client, guint n, char **arguments);
enum exit_code command_ifup(struct client *client, guint n, char **arguments);
enum exit_code command_ifdown(struct client *client, guint n, char **arguments);
/* configuration.c */
enum exit_code command_apply(struct client *client, guint n, char **arguments);
/* files.c */
enum exit_code command_check(struct client *client, guint n, char **arguments);
enum exit_code command_ifcfg(struct client *client, guint n, char **arguments);
enum exit_code command_migrate(struct client *client, guint n, char **arguments);
/* explain.c */
enum exit_code command_explain(struct client *client, guint n, char **arguments);
/* history.c */
enum exit_code command_history(struct client *client, guint n, char **arguments);
/* lacp-table.c */
enum exit_code command_lacp(struct client *client, guint n, char **arguments);
/* metrics.c */
enum exit_code command_metrics(struct client *client, guint n, char **arguments);
/* monitor.c */
enum exit_code command_monitor(struct client *client, guint n, char **arguments);
/* options.c */
enum exit_code command_options(struct client *client, guint n, char **arguments);

G_END_DECLS
