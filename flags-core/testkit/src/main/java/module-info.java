/** Flags and time as tests set them, for the tests of those who use flags. */
module dev.turnout.flags.testing {
    requires transitive dev.turnout.flags;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports dev.turnout.flags.testing;
}
