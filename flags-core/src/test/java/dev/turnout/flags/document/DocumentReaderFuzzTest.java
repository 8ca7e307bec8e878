package dev.turnout.flags.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.turnout.flags.QuietJazzer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tries the seeds and what was found before; looks for more with the profile {@code fuzz}. */
@ExtendWith(QuietJazzer.class)
class DocumentReaderFuzzTest {
    private static final long LONGEST_SECONDS = 10;

    @FuzzTest
    @DictionaryFile(resourcePath = "document.dict")
    void whatever_is_read_is_a_document_that_is_kept_or_refused_with_its_place(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        long began = System.nanoTime();
        try {
            FlagDocument document = DocumentReader.read("flags.yaml", text);
            assertIsKept(document, DocumentWriter::toYaml);
            assertIsKept(document, DocumentWriter::toJson);
        } catch (DocumentException e) {
            assertThat(e.getMessage())
                    .matches("(?s)flags\\.yaml:[1-9]\\d*:[1-9]\\d*( /.*)?: .+\\.")
                    .hasLineCount(1);
        }
        for (EntryKey.Kind kind : EntryKey.Kind.values()) {
            readEntry(new EntryKey(kind, "name"), text);
        }
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
                .as("seconds for %s bytes", bytes.length)
                .isLessThan(LONGEST_SECONDS);
    }

    private static void assertIsKept(FlagDocument document, Function<FlagDocument, String> format) {
        String text = format.apply(document);
        FlagDocument again;
        try {
            again = DocumentReader.read("written", text);
        } catch (DocumentException e) {
            throw new AssertionError("What was written is refused: " + text, e);
        }
        if (!again.equals(document) || !format.apply(again).equals(text)) {
            fail("%s%n%s%n%s", document, again, text);
        }
    }

    private static void readEntry(EntryKey key, String text) {
        Entry entry;
        try {
            entry = DocumentReader.entryFromJson(key, text);
        } catch (DocumentException e) {
            assertThat(e.getMessage()).matches("(?s)[a-z]+ 'name':[1-9]\\d*:[1-9]\\d*( /.*)?: .+\\.");
            return;
        }
        assertThat(DocumentReader.entryFromJson(key, DocumentWriter.entryToJson(entry)))
                .isEqualTo(entry);
    }
}
