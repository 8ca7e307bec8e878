package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.Database;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The types of a database, with values at the edges of each, and how the database itself is asked what it has: not in any way in which the product
 * reads them.
 *
 * @param declared as one declares a column of it
 * @param family of what kind its values are
 * @param literals in the words of the database
 */
record EdgeValues(String declared, Family family, List<String> literals) {
    private static final String[] TEXTS = {
        "''", "' '", "'a'", "'A'", "'a '", "' a'", "'é'", "'\\x41'", "'NULL'", "'a;b'", "'\\\\N'"
    };
    private static final String[] DAYS = {"1970-01-01", "2024-02-29", "9999-12-31", "1582-10-10", "1000-01-01"};

    /** What of a value decides whether it is another one. */
    enum Family {
        NUMBER,
        FLOATING,
        BOOLEAN,
        TEXT,
        BYTES,
        DAY,
        TIME,
        LOCAL,
        INSTANT,
        UUID,
        /** What only one kind of database knows, as it writes it. */
        OWN
    }

    static EdgeValues of(String declared, Family family, String... literals) {
        return new EdgeValues(declared, family, List.of(literals));
    }

    private static EdgeValues numbers(String declared, String... literals) {
        return of(declared, Family.NUMBER, literals);
    }

    private static EdgeValues texts(String declared, int most, String... more) {
        return of(
                declared,
                Family.TEXT,
                Stream.concat(Stream.of(TEXTS).filter(each -> each.length() - 2 <= most), Stream.of(more))
                        .toArray(String[]::new));
    }

    private static String[] moments(String format, String[] times, String... more) {
        List<String> moments = new ArrayList<>();
        for (int i = 0; i < DAYS.length; i++) {
            moments.add(format.formatted(DAYS[i] + " " + times[i % times.length]));
        }
        moments.addAll(List.of(more));
        return moments.toArray(String[]::new);
    }

    /** Those of a database. */
    static List<EdgeValues> of(Database database) {
        return switch (database) {
            case H2 -> ofH2();
            case POSTGRES -> ofPostgres();
            case MARIADB, MARIADB_AS_MYSQL -> ofMariaDb();
        };
    }

    private static List<EdgeValues> ofH2() {
        String[] seconds = {"00:00:00", "23:59:59"};
        String[] micros = {"00:00:00.000001", "23:59:59.999999", "12:00:00.5"};
        String[] nanos = {"00:00:00.000000001", "23:59:59.999999999", "12:00:00.5"};
        String[] days = {
            "DATE '10000-01-01'", "DATE '0001-01-01'", "DATE '-0001-02-03'", "DATE '0000-12-31'", "DATE '1000000-01-01'"
        };
        return List.of(
                numbers("TINYINT", "-128", "127", "0", "1", "-1"),
                numbers("SMALLINT", "-32768", "32767", "0"),
                numbers("INTEGER", "-2147483648", "2147483647", "0", "16777217"),
                numbers("BIGINT", "-9223372036854775808", "9223372036854775807", "0", "9007199254740993"),
                numbers(
                        "NUMERIC(38, 10)",
                        "0",
                        "0.0000000001",
                        "-9999999999999999999999999999.9999999999",
                        "1.50",
                        "100"),
                numbers("NUMERIC(5, 2)", "999.99", "-999.99", "0.00", "0.01"),
                numbers("NUMERIC(70, 30)", "1E39", "1E-30", "-0.5"),
                of(
                        "DECFLOAT(20)",
                        Family.OWN,
                        "0",
                        "12345678901234567890",
                        "1E-30",
                        "CAST('NaN' AS DECFLOAT(20))",
                        "CAST('Infinity' AS DECFLOAT(20))"),
                floating("REAL", "REAL", "16777216", "1.17549435E-38", "3.4028235E38", "0.1", "1.4E-45"),
                floating(
                        "DOUBLE PRECISION",
                        "DOUBLE PRECISION",
                        "9007199254740993",
                        "4.9E-324",
                        "1.7976931348623157E308",
                        "0.1",
                        "1E15"),
                of("BOOLEAN", Family.BOOLEAN, "TRUE", "FALSE"),
                texts("CHAR(5)", 5, "U&'\\+01F600'", "U&'a\\0308'"),
                texts(
                        "VARCHAR(40)",
                        40,
                        "U&'\\+01F600'",
                        "U&'a\\0308'",
                        "U&'\\FFEE'",
                        "U&'a\\0000b'",
                        "U&'a\\000Ab\\0009c\\000Dd\\0008'"),
                texts("VARCHAR_IGNORECASE(40)", 40, "U&'\\+01F600'"),
                texts("CLOB", 40, "U&'\\+01F600'", "REPEAT('x', 70000)"),
                of("BINARY(4)", Family.BYTES, "X'00000000'", "X'ff7f8000'", "X'20202020'", "X'61000000'"),
                of("VARBINARY(40)", Family.BYTES, "X''", "X'00'", "X'0000'", "X'ff7f80'", "X'20'", "X'2020'", "X'5c'"),
                of("BLOB", Family.BYTES, "X''", "X'00'", "X'ff7f80'", "CAST(REPEAT('x', 70000) AS VARBINARY)"),
                of(
                        "DATE",
                        Family.DAY,
                        Stream.concat(Stream.of(DAYS).map("DATE '%s'"::formatted), Stream.of(days))
                                .toArray(String[]::new)),
                of("TIME(0)", Family.TIME, "TIME '00:00:00'", "TIME '23:59:59'"),
                of("TIME(6)", Family.TIME, "TIME '00:00:00.000001'", "TIME '23:59:59.999999'", "TIME '12:00:00.5'"),
                of("TIME(9)", Family.TIME, "TIME '00:00:00.000000001'", "TIME '23:59:59.999999999'"),
                of(
                        "TIME(6) WITH TIME ZONE",
                        Family.OWN,
                        "TIME WITH TIME ZONE '00:00:00.000001+00'",
                        "TIME WITH TIME ZONE '23:59:59.999999-11:30'",
                        "TIME WITH TIME ZONE '23:59:59+14'"),
                of(
                        "TIMESTAMP(0)",
                        Family.LOCAL,
                        moments("TIMESTAMP '%s'", seconds, "TIMESTAMP '-0043-03-15 12:00:00'")),
                of(
                        "TIMESTAMP(6)",
                        Family.LOCAL,
                        moments(
                                "TIMESTAMP '%s'",
                                micros,
                                "TIMESTAMP '10000-01-01 00:00:00.5'",
                                "TIMESTAMP '0001-01-01 00:00:00'",
                                "TIMESTAMP '-0043-03-15 12:00:00'")),
                of("TIMESTAMP(9)", Family.LOCAL, moments("TIMESTAMP '%s'", nanos)),
                of("TIMESTAMP(0) WITH TIME ZONE", Family.INSTANT, moments("TIMESTAMP WITH TIME ZONE '%s+01'", seconds)),
                of(
                        "TIMESTAMP(6) WITH TIME ZONE",
                        Family.INSTANT,
                        moments(
                                "TIMESTAMP WITH TIME ZONE '%s-11:30'",
                                micros,
                                "TIMESTAMP WITH TIME ZONE '2024-10-27 01:30:00+01'",
                                "TIMESTAMP WITH TIME ZONE '10000-01-01 00:00:00.5+14'",
                                "TIMESTAMP WITH TIME ZONE '-0043-03-15 12:00:00+00'")),
                of("TIMESTAMP(9) WITH TIME ZONE", Family.INSTANT, moments("TIMESTAMP WITH TIME ZONE '%s+00'", nanos)),
                of(
                        "INTERVAL DAY TO SECOND(6)",
                        Family.OWN,
                        "INTERVAL '-1 02:03:04.5' DAY TO SECOND",
                        "INTERVAL '0 00:00:00' DAY TO SECOND",
                        "INTERVAL '99 23:59:59.999999' DAY TO SECOND"),
                of(
                        "INTERVAL YEAR TO MONTH",
                        Family.OWN,
                        "INTERVAL '-1-2' YEAR TO MONTH",
                        "INTERVAL '0-0' YEAR TO MONTH"),
                of(
                        "UUID",
                        Family.UUID,
                        "UUID '00000000-0000-0000-0000-000000000000'",
                        "UUID 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                        "UUID '80000000-0000-4000-8000-00000000000A'"),
                of(
                        "JSON",
                        Family.OWN,
                        "JSON '{\"b\": 1.0, \"a\": \"é\"}'",
                        "JSON 'null'",
                        "JSON '\"x\"'",
                        "JSON '1e2'"),
                of("ENUM('red', 'blue', 'a;b')", Family.TEXT, "'red'", "'blue'", "'a;b'"),
                of("INTEGER ARRAY", Family.OWN, "ARRAY[]", "ARRAY[1, NULL]", "ARRAY[1, 2]"),
                of(
                        "VARCHAR(40) ARRAY",
                        Family.OWN,
                        "ARRAY['a, b']",
                        "ARRAY['a', 'b']",
                        "ARRAY['NULL']",
                        "ARRAY[CAST(NULL AS VARCHAR)]"),
                of(
                        "GEOMETRY",
                        Family.OWN,
                        "GEOMETRY 'POINT (1 2)'",
                        "GEOMETRY 'SRID=4326;POINT (1 2)'",
                        "GEOMETRY 'POINT (1 2.5)'"));
    }

    private static EdgeValues floating(String declared, String cast, String... finite) {
        List<String> literals = new ArrayList<>(List.of(finite));
        for (String special : List.of("NaN", "Infinity", "-Infinity", "-0", "0")) {
            literals.add("CAST('" + special + "' AS " + cast + ")");
        }
        return new EdgeValues(declared, Family.FLOATING, literals);
    }

    private static List<EdgeValues> ofPostgres() {
        String[] micros = {"00:00:00.000001", "23:59:59.999999", "12:00:00.5"};
        String[] beyond = {
            "'infinity'",
            "'-infinity'",
            "'10000-01-01 00:00:00.5'",
            "'0001-01-01 00:00:00'",
            "'0044-03-15 12:00:00 BC'",
            "'4713-01-01 12:00:00 BC'",
            "'294276-12-31 23:59:59.999999'"
        };
        String odd = "E'\\U0001F600', E'a\\u0308', E'\\uFFEE', E'a\\nb\\tc\\rd\\be'";
        String[] oddTexts = odd.split(", ");
        return List.of(
                numbers("smallint", "-32768", "32767", "0"),
                numbers("integer", "-2147483648", "2147483647", "0", "16777217"),
                numbers("bigint", "-9223372036854775808", "9223372036854775807", "0", "9007199254740993"),
                numbers(
                        "numeric",
                        "0",
                        "1.50",
                        "100",
                        "1e40",
                        "1e-40",
                        "123456789012345678901234567890.123456789",
                        "'NaN'",
                        "'Infinity'",
                        "'-Infinity'"),
                numbers(
                        "numeric(38, 10)",
                        "0",
                        "0.0000000001",
                        "-9999999999999999999999999999.9999999999",
                        "1.50",
                        "'NaN'"),
                numbers("numeric(5, 2)", "999.99", "-999.99", "0.00", "0.01", "'NaN'"),
                numbers("numeric(3, -2)", "99900", "-100", "0"),
                of(
                        "real",
                        Family.FLOATING,
                        "16777216",
                        "1.17549435E-38",
                        "3.4028235E38",
                        "0.1",
                        "1.4E-45",
                        "'NaN'",
                        "'Infinity'",
                        "'-Infinity'",
                        "'-0'",
                        "0"),
                of(
                        "double precision",
                        Family.FLOATING,
                        "9007199254740993",
                        "4.9E-324",
                        "1.7976931348623157E308",
                        "0.1",
                        "1E15",
                        "'NaN'",
                        "'Infinity'",
                        "'-Infinity'",
                        "'-0'",
                        "0"),
                of("boolean", Family.BOOLEAN, "TRUE", "FALSE"),
                texts("char(5)", 5, oddTexts[0], oddTexts[1]),
                texts("varchar(40)", 40, oddTexts),
                texts("text", 40, oddTexts[0], oddTexts[3], "repeat('x', 70000)"),
                of(
                        "bytea",
                        Family.BYTES,
                        "''",
                        "'\\x00'",
                        "'\\x0000'",
                        "'\\xff7f80'",
                        "'\\x20'",
                        "'\\x5c'",
                        "decode(repeat('78', 70000), 'hex')"),
                of(
                        "date",
                        Family.DAY,
                        Stream.concat(
                                        Stream.of(DAYS).map("'%s'"::formatted),
                                        Stream.of(
                                                "'infinity'",
                                                "'-infinity'",
                                                "'10000-01-01'",
                                                "'0001-01-01'",
                                                "'0044-03-15 BC'",
                                                "'4713-01-01 BC'",
                                                "'5874897-12-31'"))
                                .toArray(String[]::new)),
                of("time(0)", Family.TIME, "'00:00:00'", "'23:59:59'"),
                of("time", Family.TIME, "'00:00:00.000001'", "'23:59:59.999999'", "'12:00:00.5'", "'24:00:00'"),
                of("timetz", Family.OWN, "'00:00:00.000001+00'", "'23:59:59.999999-11:30'", "'12:00:00+14'"),
                of("timestamp(0)", Family.LOCAL, moments("'%s'", new String[] {"00:00:00", "23:59:59"})),
                of("timestamp(3)", Family.LOCAL, moments("'%s'", new String[] {"00:00:00.001", "23:59:59.999"})),
                of("timestamp", Family.LOCAL, moments("'%s'", micros, beyond)),
                of("timestamptz(0)", Family.INSTANT, moments("'%s+01'", new String[] {"00:00:00", "23:59:59"})),
                of(
                        "timestamptz",
                        Family.INSTANT,
                        moments(
                                "'%s-11:30'",
                                micros,
                                Stream.concat(
                                                Stream.of("'2024-10-27 01:30:00+01'"),
                                                Stream.of(beyond)
                                                        .map(each -> each.contains("infinity")
                                                                ? each
                                                                : each.replace(" BC'", "+00 BC'")
                                                                        .replaceFirst("(\\d)'$", "$1+00'")))
                                        .toArray(String[]::new))),
                of(
                        "interval",
                        Family.OWN,
                        "'1 month'",
                        "'30 days'",
                        "'720 hours'",
                        "'-1 day -2 hours'",
                        "'0'",
                        "'178000000 years'",
                        "'1.5 seconds'"),
                of(
                        "uuid",
                        Family.UUID,
                        "'00000000-0000-0000-0000-000000000000'",
                        "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                        "'80000000-0000-4000-8000-00000000000A'"),
                of("json", Family.TEXT, "'{\"b\": 1.0, \"a\": 1}'", "'{\"b\":1.0,\"a\":1}'", "'null'", "' 1e2 '"),
                of("jsonb", Family.OWN, "'{\"b\": 1.0, \"a\": 1}'", "'{\"b\": 1, \"a\": 1}'", "'null'", "'\"x\"'"),
                of("xml", Family.OWN, "'<a/>'", "'<a></a>'", "'text'"),
                of("money", Family.OWN, "'-92233720368547758.08'", "'12.34'", "0"),
                of("inet", Family.OWN, "'10.0.0.1'", "'10.0.0.1/8'", "'::1'"),
                of("cidr", Family.OWN, "'10.0.0.0/8'", "'10.0.0.0/16'"),
                of("macaddr", Family.OWN, "'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'"),
                of("bit(1)", Family.OWN, "B'0'", "B'1'"),
                of("bit(4)", Family.OWN, "B'0000'", "B'1010'"),
                of("bit varying(8)", Family.OWN, "B''", "B'0'", "B'00'", "B'11111111'"),
                of("integer[]", Family.OWN, "'{}'", "'{1,NULL}'", "'{{1,2},{3,4}}'", "'[0:1]={1,2}'"),
                of("text[]", Family.OWN, "'{}'", "'{\"a,b\"}'", "'{a,b}'", "'{NULL}'", "'{\"NULL\"}'"),
                of("double precision[]", Family.OWN, "'{0.1}'", "'{-0}'", "'{0}'", "'{NaN}'"),
                of("int4range", Family.OWN, "'empty'", "'[1,2)'", "'(,)'"),
                of("tsvector", Family.OWN, "'a b'", "'a:1 b:2'"),
                of("point", Family.OWN, "'(0,-0)'", "'(0,0)'", "'(0.1,0.2)'"),
                of("colour", Family.TEXT, "'red'", "'Red'", "'a;b'"));
    }

    private static List<EdgeValues> ofMariaDb() {
        String[] micros = {"00:00:00.000001", "23:59:59.999999", "12:00:00.5"};
        String[] odd = {"'\uD83D\uDE00'", "'a\u0308'", "'\uFFEE'", "'a\\nb\\tc\\rd\\be'", "'a\\0b'"};
        String[] noDays = {"'0000-00-00'", "'2020-02-00'"};
        return List.of(
                numbers("TINYINT", "-128", "127", "0", "1", "-1"),
                numbers("TINYINT(1)", "-128", "127", "0", "1", "2"),
                numbers("TINYINT UNSIGNED", "0", "255"),
                numbers("SMALLINT", "-32768", "32767", "0"),
                numbers("MEDIUMINT", "-8388608", "8388607", "0"),
                numbers("INT", "-2147483648", "2147483647", "0", "16777217"),
                numbers("INT UNSIGNED", "4294967295", "0"),
                numbers("BIGINT", "-9223372036854775808", "9223372036854775807", "0", "9007199254740993"),
                numbers("BIGINT UNSIGNED", "18446744073709551615", "0", "9223372036854775808"),
                numbers(
                        "DECIMAL(38, 10)",
                        "0",
                        "0.0000000001",
                        "-9999999999999999999999999999.9999999999",
                        "1.50",
                        "100"),
                numbers("DECIMAL(5, 2)", "999.99", "-999.99", "0.00", "0.01"),
                numbers("DECIMAL(65, 30)", "1e34", "0.000000000000000000000000000001"),
                of(
                        "FLOAT",
                        Family.FLOATING,
                        "16777216",
                        "1.17549435E-38",
                        "3.4028234E38",
                        "0.1",
                        "123456.789",
                        "-0e0",
                        "0"),
                of(
                        "DOUBLE",
                        Family.FLOATING,
                        "9007199254740993",
                        "2.2250738585072014e-308",
                        "1.7976931348623157E308",
                        "0.1",
                        "1E15",
                        "-0e0",
                        "0"),
                of("BIT(1)", Family.BOOLEAN, "b'0'", "b'1'"),
                of("BIT(8)", Family.OWN, "b'0'", "b'10101010'", "b'11111111'"),
                texts("CHAR(5)", 5, odd[0], odd[1]),
                texts("VARCHAR(40)", 40, odd),
                texts("TINYTEXT", 40, odd[0]),
                texts("TEXT", 40, odd[3]),
                texts("LONGTEXT", 40, odd[0], "REPEAT('x', 70000)"),
                of("BINARY(4)", Family.BYTES, "X'00000000'", "X'ff7f8000'", "X'20202020'", "X'61'"),
                of("VARBINARY(40)", Family.BYTES, "X''", "X'00'", "X'0000'", "X'ff7f80'", "X'20'", "X'2020'", "X'5c'"),
                of("BLOB", Family.BYTES, "X''", "X'00'", "X'ff7f80'"),
                of("LONGBLOB", Family.BYTES, "X''", "X'00'", "REPEAT('x', 70000)"),
                of(
                        "DATE",
                        Family.DAY,
                        Stream.concat(
                                        Stream.of(DAYS).map("'%s'"::formatted),
                                        Stream.concat(Stream.of("'0001-01-01'"), Stream.of(noDays)))
                                .toArray(String[]::new)),
                of(
                        "TIME",
                        Family.TIME,
                        "'00:00:00'",
                        "'23:59:59'",
                        "'-05:30:00'",
                        "'838:59:59'",
                        "'-838:59:59'",
                        "'24:00:00'"),
                of("TIME(6)", Family.TIME, "'00:00:00.000001'", "'-00:00:00.000001'", "'838:59:59'", "'12:00:00.5'"),
                of("DATETIME", Family.LOCAL, moments("'%s'", new String[] {"00:00:00", "23:59:59"}, noDays)),
                of("DATETIME(6)", Family.LOCAL, moments("'%s'", micros, "'0001-01-01 00:00:00'", noDays[0], noDays[1])),
                of(
                        "TIMESTAMP NULL",
                        Family.INSTANT,
                        "'1970-01-01 00:00:01'",
                        "'2038-01-19 03:14:07'",
                        "'2024-10-27 00:30:00'",
                        "'2024-10-27 01:30:00'",
                        noDays[0]),
                of(
                        "TIMESTAMP(6) NULL",
                        Family.INSTANT,
                        "'1970-01-01 00:00:00.000001'",
                        "'2038-01-19 03:14:07.999999'",
                        "'2024-03-31 00:30:00.5'",
                        "'2024-03-31 01:30:00.5'",
                        noDays[0]),
                of("YEAR", Family.OWN, "1901", "2155", "0"),
                of(
                        "UUID",
                        Family.UUID,
                        "'00000000-0000-0000-0000-000000000000'",
                        "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                        "'80000000-0000-4000-8000-00000000000A'"),
                of("INET6", Family.OWN, "'::1'", "'10.0.0.1'"),
                of("JSON", Family.TEXT, "'{\"b\": 1.0, \"a\": 1}'", "'{\"b\":1.0,\"a\":1}'", "'null'", "' 1e2 '"),
                of("ENUM('red', 'blue', 'a;b')", Family.TEXT, "'red'", "'blue'", "'a;b'"),
                of("SET('red', 'blue')", Family.TEXT, "''", "'red'", "'red,blue'"),
                of("POINT", Family.OWN, "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 2.5)')"));
    }

    /** The type without what a column of it declares beside. */
    String name() {
        return declared.replace(" NULL", "");
    }

    /** Has a value for any number; one more than there are literals is NULL. */
    String literal(int index) {
        int at = index % (literals.size() + 1);
        return at == literals.size() ? "NULL" : literals.get(at);
    }

    /** What writes a value of that column as a text with all of it. */
    String shown(Database database, String column) {
        return switch (database) {
            case H2 ->
                switch (family) {
                    case BYTES -> "RAWTOHEX(" + column + ")";
                    case TEXT -> "RAWTOHEX(STRINGTOUTF8(CAST(" + column + " AS VARCHAR)))";
                    case OWN ->
                        declared.endsWith("ARRAY")
                                ? "CAST(CAST(" + column + " AS JSON) AS VARCHAR)"
                                : "CAST(" + column + " AS VARCHAR)";
                    case FLOATING -> "CAST(CAST(" + column + " AS DOUBLE PRECISION) AS VARCHAR)";
                    case INSTANT -> "CAST(" + column + " AT TIME ZONE 'UTC' AS VARCHAR)";
                    default -> "CAST(" + column + " AS VARCHAR)";
                };
            case POSTGRES ->
                switch (family) {
                    case BYTES -> "encode(" + column + ", 'hex')";
                    case TEXT -> "encode(convert_to(" + column + "::text, 'UTF8'), 'hex')";
                    case FLOATING -> column + "::float8::text";
                    case INSTANT -> "(" + column + " AT TIME ZONE 'UTC')::text";
                    default -> column + "::text";
                };
            case MARIADB, MARIADB_AS_MYSQL ->
                switch (family) {
                    case BYTES -> "HEX(" + column + ")";
                    case TEXT -> "HEX(CONVERT(" + column + " USING utf8mb4))";
                    case BOOLEAN -> "CAST(" + column + " + 0 AS CHAR)";
                    case INSTANT ->
                        "IF(UNIX_TIMESTAMP(%1$s) = 0, '0000-00-00 00:00:00', TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(%1$s) SECOND)"
                                .formatted(column);
                    case FLOATING -> "CAST(" + column + " * 1E0 AS CHAR)";
                    case OWN ->
                        declared.equals("POINT") || declared.startsWith("BIT")
                                ? "HEX(" + column + ")"
                                : "CAST(" + column + " AS CHAR)";
                    default -> "CAST(" + column + " AS CHAR)";
                };
        };
    }

    /** What {@link #shown} gave, in a form in which equal values have equal texts in all databases. */
    String normal(Database database, @Nullable String shown) {
        if (shown == null) {
            return "NULL";
        }
        return switch (family) {
            case NUMBER -> number(shown);
            case FLOATING -> floating(shown);
            case BOOLEAN -> shown.startsWith("t") || shown.startsWith("T") || shown.equals("1") ? "1" : "0";
            case TEXT ->
                isFilled() ? shown.toLowerCase(Locale.ROOT).replaceFirst("(20)+$", "") : shown.toLowerCase(Locale.ROOT);
            case BYTES, UUID -> shown.toLowerCase(Locale.ROOT);
            case DAY, LOCAL, INSTANT -> day(shown);
            case TIME -> withoutZeros(shown);
            case OWN -> shown;
        };
    }

    /** Whether spaces at its end are what the database fills it up with. */
    boolean isFilled() {
        return declared.toLowerCase(Locale.ROOT).startsWith("char(");
    }

    private static String number(String text) {
        if (text.endsWith("N") || text.endsWith("y")) {
            return text;
        }
        BigDecimal number = new BigDecimal(text);
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    private static String floating(String text) {
        double number = Double.parseDouble(text);
        boolean isSpecial = !Double.isFinite(number) || (number == 0 && 1 / number < 0);
        return isSpecial ? String.valueOf(number) : number(new BigDecimal(number).toString());
    }

    private static String withoutZeros(String time) {
        return time.contains(".") ? time.replaceFirst("\\.?0*$", "") : time;
    }

    /** With a year 0 and such before it, as ISO 8601 has it. */
    private static String day(String shown) {
        if (shown.endsWith("infinity")) {
            return shown;
        }
        String text = shown.replaceFirst("\\+00$", "");
        boolean isBeforeChrist = text.endsWith(" BC");
        text = withoutZeros(text.replace(" BC", ""));
        int end = text.indexOf('-', 1);
        long year = Long.parseLong(text.substring(0, end).replace("+", ""));
        return (isBeforeChrist ? 1 - year : year) + text.substring(end);
    }
}
