SELECT seq, name, file, checksum, state FROM verdigris.migration ORDER BY seq
