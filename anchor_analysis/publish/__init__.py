"""Publish: pages, tables and workbook of an edition, its manifest, its audit and its life."""
