package dev.turnout.flags.jdbc.type;

/**
 * What a value is, whatever type a database gives it: values are compared within a kind. Its tag is the first character of each value in
 * the canonical form.
 */
public enum ValueKind {
    /** Exact: integers and decimals, whose scale does not matter. */
    NUMBER('n'),
    /** By its bits: -0 is not 0; one NaN is like another. */
    DOUBLE('f'),
    /** Code point by code point. */
    TEXT('s'),
    /** Of a type that both databases have, and of which nothing else is known: as they write it. */
    OWN('o'),
    /** Bytes. */
    BINARY('x'),
    /** True or false. */
    BOOLEAN('b'),
    /** A day. */
    DATE('d'),
    /** A time of day, without a zone; MariaDB's and MySQL's may be negative, or more than a day. */
    TIME('t'),
    /** A day and a time of day, without a zone. */
    TIMESTAMP('l'),
    /** A point in time, whatever zone it is shown in. */
    INSTANT('i'),
    /** Whatever case it is written in. */
    UUID('u');

    /** What its values begin with in the canonical form. */
    public final char tag;

    ValueKind(char tag) {
        this.tag = tag;
    }

    /** Whether the length stands before the value; all others never contain the {@code ;} that they end with. */
    public boolean isPrefixed() {
        return this == TEXT || this == OWN;
    }

    /** Whether a key may be of it. */
    public boolean canBeKey() {
        return switch (this) {
            case NUMBER, TEXT, UUID, DATE, TIMESTAMP, INSTANT, BINARY, BOOLEAN -> true;
            case DOUBLE, OWN, TIME -> false;
        };
    }
}
