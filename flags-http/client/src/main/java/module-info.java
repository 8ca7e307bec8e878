/** A flag store that reads from a flag server, by the HTTP client of the JDK. */
module dev.turnout.flags.http.client {
    requires transitive dev.turnout.flags;
    requires com.fasterxml.jackson.databind;
    requires java.net.http;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.turnout.flags.http.client;
}
