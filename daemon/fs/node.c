/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node.h"

#include <errno.h>
#include <sys/stat.h>

#define DIRECTORY (S_IFDIR | 0555)
#define READABLE  (S_IFREG | 0444)
#define WRITABLE  (S_IFREG | 0644)
#define LINK	  (S_IFLNK | 0777)

/* In a pattern: the name of a bond, of a port, of an attribute. A link's word has a prefix before the port's name. */
#define BOND	  "%b"
#define PORT	  "%p"
#define ATTRIBUTE "%a"
#define SLAVE	  "slave_%p"
#define LOWER	  "lower_%p"

#define MAX_DEPTH 6

static const char *const in_root[] = {"proc", "sys", NULL};
static const char *const in_proc[] = {"net", NULL};
static const char *const in_proc_net[] = {"bonding", NULL};
static const char *const in_sys[] = {"class", NULL};
static const char *const in_class[] = {"net", NULL};

/* The first row that fits counts: what the words mean is looked up from left to right. */
static const struct pattern {
	const char *words[MAX_DEPTH];
	enum node_kind kind;
	mode_t mode;
	const char *const *fixed;
} patterns[] = {
    {{NULL}, NODE_FIXED, DIRECTORY, in_root},
    {{"proc"}, NODE_FIXED, DIRECTORY, in_proc},
    {{"proc", "net"}, NODE_FIXED, DIRECTORY, in_proc_net},
    {{"proc", "net", "bonding"}, NODE_PROC_DIR, DIRECTORY, NULL},
    {{"proc", "net", "bonding", BOND}, NODE_PROC, READABLE, NULL},
    {{"sys"}, NODE_FIXED, DIRECTORY, in_sys},
    {{"sys", "class"}, NODE_FIXED, DIRECTORY, in_class},
    {{"sys", "class", "net"}, NODE_NET_DIR, DIRECTORY, NULL},
    {{"sys", "class", "net", "bonding_masters"}, NODE_MASTERS, WRITABLE, NULL},
    {{"sys", "class", "net", BOND}, NODE_BOND_DIR, DIRECTORY, NULL},
    {{"sys", "class", "net", BOND, "bonding"}, NODE_ATTRIBUTES, DIRECTORY, NULL},
    {{"sys", "class", "net", BOND, "bonding", ATTRIBUTE}, NODE_ATTRIBUTE, READABLE, NULL},
    {{"sys", "class", "net", BOND, SLAVE}, NODE_LOWER, LINK, NULL},
    {{"sys", "class", "net", BOND, LOWER}, NODE_LOWER, LINK, NULL},
    {{"sys", "class", "net", PORT}, NODE_PORT_DIR, DIRECTORY, NULL},
    {{"sys", "class", "net", PORT, "master"}, NODE_MASTER, LINK, NULL},
    {{"sys", "class", "net", PORT, "bonding_slave"}, NODE_PORT_ATTRIBUTES, DIRECTORY, NULL},
    {{"sys", "class", "net", PORT, "bonding_slave", ATTRIBUTE}, NODE_PORT_ATTRIBUTE, READABLE, NULL},
};

/* --- Words --- */

static const struct bond_attribute *
find_attribute(const struct node *node, const char *name)
{
	guint n;
	const struct bond_attribute *attributes =
	    node->port != NULL ? bond_status_port_attributes(&n) : bond_status_attributes(&n);

	for (guint i = 0; i < n; i++) {
		if (g_str_equal(attributes[i].name, name))
			return &attributes[i];
	}
	return NULL;
}

static gboolean
take_bond(struct node *node, const char *word)
{
	node->bond = remote_find_bond(node->bonds, word);
	return node->bond != NULL;
}

/* Of the bond that the path has named, or of any. */
static gboolean
take_port(struct node *node, const char *word)
{
	const struct remote_bond *owner = NULL;
	const struct remote_port *port = remote_find_port(node->bonds, word, &owner);

	if (port == NULL || (node->bond != NULL && node->bond != owner))
		return FALSE;
	node->port = port;
	node->bond = owner;
	return TRUE;
}

static gboolean
take_attribute(struct node *node, const char *word)
{
	node->attribute = find_attribute(node, word);
	return node->attribute != NULL;
}

static const struct marker {
	const char *word;
	gboolean (*take)(struct node *node, const char *word);
} markers[] = {
    {BOND, take_bond}, {PORT, take_port}, {ATTRIBUTE, take_attribute}, {SLAVE, take_port}, {LOWER, take_port},
};

static const struct marker *
find_marker(const char *word)
{
	for (guint i = 0; i < G_N_ELEMENTS(markers); i++) {
		if (g_str_equal(markers[i].word, word))
			return &markers[i];
	}
	return NULL;
}

/* The part of @word that a marker stands for; %NULL if its prefix is another. */
static const char *
behind_prefix(const struct marker *marker, const char *word)
{
	gsize len = strcspn(marker->word, "%");

	return strncmp(word, marker->word, len) == 0 ? word + len : NULL;
}

/* --- Paths --- */

static guint
depth_of(const struct pattern *pattern)
{
	guint n = 0;

	while (n < MAX_DEPTH && pattern->words[n] != NULL)
		n++;
	return n;
}

static gboolean
fits(const struct pattern *pattern, char **words, struct node *node)
{
	if (g_strv_length(words) != depth_of(pattern))
		return FALSE;
	for (guint i = 0; words[i] != NULL; i++) {
		const struct marker *marker = find_marker(pattern->words[i]);
		const char *name = marker != NULL ? behind_prefix(marker, words[i]) : NULL;

		if (marker == NULL ? !g_str_equal(words[i], pattern->words[i])
				   : name == NULL || !marker->take(node, name))
			return FALSE;
	}
	return TRUE;
}

static void
node_fill(struct node *node, const struct pattern *pattern)
{
	node->kind = pattern->kind;
	node->mode = pattern->mode;
	node->fixed = pattern->fixed;
	if (node->attribute != NULL)
		node->mode = S_IFREG | node->attribute->mode;
}

/* The path as words, without the empty one before the first slash. */
static char **
split(const char *path)
{
	return *path == '/' && path[1] != '\0' ? g_strsplit(path + 1, "/", -1) : g_new0(char *, 1);
}

/* Whether bondd has to be asked: what is always there must be seen without it. */
static gboolean
needs_bonds(char **words)
{
	return g_strv_length(words) > 2;
}

int
node_find(GDBusConnection *connection, const char *path, struct node *node)
{
	g_auto(GStrv) words = split(path);
	g_autoptr(GPtrArray) bonds = NULL;
	int errnum = 0;

	if (needs_bonds(words)) {
		bonds = remote_bonds(connection, &errnum);
		if (bonds == NULL)
			return errnum;
	}
	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
		*node = (struct node){.bonds = bonds};
		if (!fits(&patterns[i], words, node))
			continue;
		node_fill(node, &patterns[i]);
		g_steal_pointer(&bonds);
		return 0;
	}
	return ENOENT;
}

void
node_clear(struct node *node)
{
	g_clear_pointer(&node->bonds, g_ptr_array_unref);
}

/* --- Directories --- */

static void
add(GPtrArray *names, const char *format, const char *name)
{
	g_ptr_array_add(names, g_strconcat(format, name, NULL));
}

static void
add_bonds(GPtrArray *names, const struct node *node)
{
	for (guint i = 0; i < node->bonds->len; i++)
		add(names, "", ((const struct remote_bond *) g_ptr_array_index(node->bonds, i))->name);
}

static void
add_ports(GPtrArray *names, const char *prefix, const struct remote_bond *bond)
{
	for (guint i = 0; i < bond->ports->len; i++)
		add(names, prefix, ((const struct remote_port *) g_ptr_array_index(bond->ports, i))->name);
}

static void
add_attributes(GPtrArray *names, const struct bond_attribute *attributes, guint n)
{
	for (guint i = 0; i < n; i++)
		add(names, "", attributes[i].name);
}

static void
list_fixed(const struct node *node, GPtrArray *names)
{
	for (guint i = 0; node->fixed[i] != NULL; i++)
		add(names, "", node->fixed[i]);
}

static void
list_net(const struct node *node, GPtrArray *names)
{
	add(names, "", "bonding_masters");
	add_bonds(names, node);
	for (guint i = 0; i < node->bonds->len; i++)
		add_ports(names, "", g_ptr_array_index(node->bonds, i));
}

static void
list_bond(const struct node *node, GPtrArray *names)
{
	add(names, "", "bonding");
	add_ports(names, "slave_", node->bond);
	add_ports(names, "lower_", node->bond);
}

static void
list_attributes(const struct node *node, GPtrArray *names)
{
	guint n;
	const struct bond_attribute *attributes = bond_status_attributes(&n);

	add_attributes(names, attributes, n);
}

static void
list_port(const struct node *node, GPtrArray *names)
{
	add(names, "", "bonding_slave");
	add(names, "", "master");
}

static void
list_port_attributes(const struct node *node, GPtrArray *names)
{
	guint n;
	const struct bond_attribute *attributes = bond_status_port_attributes(&n);

	add_attributes(names, attributes, n);
}

static void
list_proc(const struct node *node, GPtrArray *names)
{
	add_bonds(names, node);
}

static void (*const listers[])(const struct node *node, GPtrArray *names) = {
    [NODE_FIXED] = list_fixed,
    [NODE_PROC_DIR] = list_proc,
    [NODE_NET_DIR] = list_net,
    [NODE_BOND_DIR] = list_bond,
    [NODE_ATTRIBUTES] = list_attributes,
    [NODE_PORT_DIR] = list_port,
    [NODE_PORT_ATTRIBUTES] = list_port_attributes,
    [NODE_PORT_ATTRIBUTE] = NULL,
};

GPtrArray *
node_list(const struct node *node)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	g_return_val_if_fail(listers[node->kind] != NULL, names);
	listers[node->kind](node, names);
	return names;
}

char *
node_target(const struct node *node)
{
	return g_strconcat("../", node->kind == NODE_MASTER ? node->bond->name : node->port->name, NULL);
}
