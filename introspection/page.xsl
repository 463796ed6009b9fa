<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- What gdbus-codegen writes of each interface, as one page of section 5: the interfaces become its sections. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" encoding="UTF-8" doctype-public="-//OASIS//DTD DocBook XML V4.1.2//EN"
    doctype-system="http://www.oasis-open.org/docbook/xml/4.1.2/docbookx.dtd"/>
  <xsl:param name="directory"/>
  <xsl:param name="version"/>

  <xsl:template match="/interfaces">
    <refentry id="org.example.Bond">
      <refentryinfo>
        <title>org.example.Bond</title>
        <productname>bondd</productname>
        <corpauthor>the bondd project</corpauthor>
        <productnumber><xsl:value-of select="$version"/></productnumber>
      </refentryinfo>
      <refmeta>
        <refentrytitle>org.example.Bond</refentrytitle>
        <manvolnum>5</manvolnum>
        <refmiscinfo class="manual">D-Bus interfaces</refmiscinfo>
      </refmeta>
      <refnamediv>
        <refname>org.example.Bond</refname>
        <refpurpose>the D-Bus interfaces of bondd</refpurpose>
      </refnamediv>
      <xsl:copy-of select="refsect1[@role='first']"/>
      <xsl:for-each select="interface">
        <xsl:apply-templates select="document(concat($directory, '/page-', @name, '.xml'))/refentry"/>
      </xsl:for-each>
      <xsl:copy-of select="refsect1[@role='last']"/>
    </refentry>
  </xsl:template>

  <xsl:template match="refentry">
    <refsect1>
      <title><xsl:value-of select="refnamediv/refname"/></title>
      <para><xsl:value-of select="refnamediv/refpurpose"/>.</para>
      <xsl:copy-of select="refsect1[@role='desc']/para"/>
      <xsl:apply-templates select="refsect1[@role='details']/refsect2"/>
    </refsect1>
  </xsl:template>

  <!-- One member: its line, then its words. -->
  <xsl:template match="refsect2">
    <refsect2>
      <title><xsl:value-of select="normalize-space(translate(title, '&quot;', ''))"/></title>
      <xsl:copy-of select="programlisting"/>
      <xsl:copy-of select="para[normalize-space() != '']"/>
      <xsl:copy-of select="variablelist[@role='params']"/>
    </refsect2>
  </xsl:template>
</xsl:stylesheet>
