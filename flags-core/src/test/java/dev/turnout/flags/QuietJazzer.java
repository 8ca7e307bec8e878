package dev.turnout.flags;

import com.code_intelligence.jazzer.utils.Log;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Where Jazzer only tries what it has, as in every build, it prints only warnings and errors. */
public final class QuietJazzer implements BeforeAllCallback {
    /** Jazzer prints the level first, and then its message as a line. */
    private static final class Problems extends PrintStream {
        private final ThreadLocal<Boolean> isInfo = ThreadLocal.withInitial(() -> false);

        Problems() {
            super(System.err, true, StandardCharsets.UTF_8);
        }

        @Override
        public void print(String level) {
            isInfo.set(level.startsWith("INFO"));
            if (!isInfo.get()) {
                super.print(level);
            }
        }

        @Override
        public void println(String line) {
            if (!isInfo.get()) {
                super.println(line);
            }
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        if (System.getenv("JAZZER_FUZZ") == null) {
            Log.fixOutErr(System.out, new Problems());
        }
    }
}
