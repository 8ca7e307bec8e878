/** The flag server and its console, and a flag store that reads from such a server. */
module dev.turnout.flags.http {
    requires transitive dev.turnout.flags;
    requires com.fasterxml.jackson.databind;
    requires io.javalin;
    requires java.net.http;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.turnout.flags.http;
}
