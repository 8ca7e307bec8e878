/** A flag server with a REST interface and a console. */
module dev.turnout.flags.http.server {
    requires transitive dev.turnout.flags;
    requires com.fasterxml.jackson.databind;
    requires io.javalin;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.turnout.flags.http.server;
}
