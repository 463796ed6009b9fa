/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file.h"

#include "engine/driver.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- Reading --- */

static int
read_proc(GDBusConnection *connection, const struct node *node, char **text)
{
	return remote_read(connection, node->bond->path, REMOTE_BOND, "GetProcText", NULL, text);
}

static int
read_attribute(GDBusConnection *connection, const struct node *node, char **text)
{
	return remote_read(connection, node->bond->path, REMOTE_BOND, "GetAttribute",
			   g_variant_new("(s)", node->attribute->name), text);
}

static int
read_port_attribute(GDBusConnection *connection, const struct node *node, char **text)
{
	return remote_read(connection, node->port->path, REMOTE_PORT, "GetAttribute",
			   g_variant_new("(s)", node->attribute->name), text);
}

/* bonding_show_bonds(): with one bond at least, a blank before each but the first and a newline at the end. */
static int
read_masters(GDBusConnection *connection, const struct node *node, char **text)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; i < node->bonds->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? " " : "",
				       ((const struct remote_bond *) g_ptr_array_index(node->bonds, i))->name);
	if (names->len > 0)
		g_string_append_c(names, '\n');
	*text = g_string_free(g_steal_pointer(&names), FALSE);
	return 0;
}

static int (*const readers[])(GDBusConnection *connection, const struct node *node, char **text) = {
    [NODE_PROC] = read_proc,
    [NODE_MASTERS] = read_masters,
    [NODE_ATTRIBUTE] = read_attribute,
    [NODE_PORT_ATTRIBUTE] = read_port_attribute,
};

int
file_read(GDBusConnection *connection, const struct node *node, char **text)
{
	return readers[node->kind](connection, node, text);
}

/* --- Writing --- */

/* Flags of an interface, or -1 if there is none of this name. */
static int
interface_flags(const char *name)
{
	struct ifreq request = {0};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int flags;

	if (fd < 0)
		return -1;
	g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
	flags = ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? (unsigned short) request.ifr_flags : -1;
	close(fd);
	return flags;
}

/* bond_enslave() takes no interface that is up; AddPort() would set it down first. */
static int
add_port(GDBusConnection *connection, const struct node *node, const char *name)
{
	int flags = interface_flags(name);
	const struct remote_bond *owner = NULL;

	if (flags < 0)
		return ENODEV;
	if (remote_find_port(node->bonds, name, &owner) != NULL)
		return EBUSY;
	if (flags & IFF_UP)
		return EPERM;
	return remote_call(connection, node->bond->path, REMOTE_BOND, "AddPort", g_variant_new("(s)", name));
}

static int
remove_port(GDBusConnection *connection, const struct node *node, const char *name)
{
	if (interface_flags(name) < 0)
		return ENODEV;
	return remote_call(connection, node->bond->path, REMOTE_BOND, "RemovePort", g_variant_new("(s)", name));
}

/* bond_option_slaves_set() */
static int
write_ports(GDBusConnection *connection, const struct node *node, const char *text)
{
	if (!bond_name_is_valid(text + 1))
		return EINVAL;
	if (*text == '+')
		return add_port(connection, node, text + 1);
	if (*text == '-')
		return remove_port(connection, node, text + 1);
	return EINVAL;
}

static int
write_attribute(GDBusConnection *connection, const struct node *node, const char *text)
{
	if (node->attribute->option == BOND_OPT_SLAVES && g_str_equal(node->attribute->name, "slaves"))
		return *text != '\0' ? write_ports(connection, node, text) : EINVAL;
	return remote_call(connection, node->bond->path, REMOTE_BOND, "SetAttribute",
			   g_variant_new("(ss)", node->attribute->name, text));
}

static int
write_masters(GDBusConnection *connection, const struct node *node, const char *text)
{
	g_autoptr(GPtrArray) existing = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *name = NULL;
	GVariantBuilder none;
	gboolean create;

	for (guint i = 0; i < node->bonds->len; i++)
		g_ptr_array_add(existing, ((struct remote_bond *) g_ptr_array_index(node->bonds, i))->name);
	g_ptr_array_add(existing, NULL);
	if (!bond_masters_check(text, (const char *const *) existing->pdata, &create, &name, &error))
		return error->code;
	if (!create)
		return remote_call(connection, REMOTE_ROOT, REMOTE_MANAGER, "RemoveBond", g_variant_new("(s)", name));
	g_variant_builder_init(&none, G_VARIANT_TYPE_VARDICT);
	return remote_call(connection, REMOTE_ROOT, REMOTE_MANAGER, "CreateBond",
			   g_variant_new("(sa{sv})", name, &none));
}

int
file_write(GDBusConnection *connection, const struct node *node, const char *text)
{
	g_autofree char *line = g_strdup(text);

	if (g_str_has_suffix(line, "\n"))
		line[strlen(line) - 1] = '\0';
	if (!g_utf8_validate(line, -1, NULL))
		return EINVAL;
	return node->kind == NODE_MASTERS ? write_masters(connection, node, line)
					  : write_attribute(connection, node, line);
}
