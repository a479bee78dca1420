SELECT seq, name, file, checksum, state, statements, statements_checksum FROM verdigris.migration ORDER BY seq
