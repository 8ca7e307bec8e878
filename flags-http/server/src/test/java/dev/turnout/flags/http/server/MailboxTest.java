package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MailboxTest {
    private static final long LONG_MILLIS = 60_000;

    private final Mailbox mailbox = new Mailbox();

    @Test
    void a_newer_frame_replaces_one_that_nobody_took() throws InterruptedException {
        mailbox.put("old");
        mailbox.put("new");

        assertThat(mailbox.take(LONG_MILLIS)).isEqualTo("new");
        assertThat(mailbox.take(0)).isNull();
    }

    @Test
    void closing_wakes_the_reader() throws InterruptedException {
        Thread closer = new Thread(mailbox::close);
        closer.start();

        assertThat(mailbox.take(LONG_MILLIS)).isNull();
        assertThat(mailbox.isClosed()).isTrue();
        closer.join();
    }
}
