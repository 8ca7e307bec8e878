package dev.turnout.flags.http.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The console's files: a fixed table, read once from the class path, so no path of a request ever names a file. Everything comes from
 * this server; nothing is loaded from elsewhere. Immutable.
 */
final class Assets {
    private static final String OURS = "/dev/turnout/flags/http/server/console/";
    private static final String WEBJARS = "/META-INF/resources/webjars/";
    private static final String JAVASCRIPT = "text/javascript; charset=utf-8";
    private static final String CSS = "text/css; charset=utf-8";

    private record Asset(String text, String type, String etag) {}

    private final Map<String, Asset> assets = new LinkedHashMap<>();

    Assets() {
        add("/", OURS + "index.html", "text/html; charset=utf-8");
        for (String script : new String[] {
            "app",
            "api",
            "blockers",
            "charts",
            "flags",
            "explain",
            "history",
            "migration",
            "parts",
            "shared",
            "stream",
            "track",
            "words"
        }) {
            add("/console/" + script + ".js", OURS + script + ".js", JAVASCRIPT);
        }
        add("/console/console.css", OURS + "console.css", CSS);
        add("/favicon.svg", OURS + "favicon.svg", "image/svg+xml");
        add("/vendor/htm.js", OURS + "vendor/htm.module.js", JAVASCRIPT);
        add("/vendor/preact.js", WEBJARS + "preact/10.28.0/dist/preact.module.js", JAVASCRIPT);
        add("/vendor/hooks.js", WEBJARS + "preact/10.28.0/hooks/dist/hooks.module.js", JAVASCRIPT, Assets::linked);
        add("/vendor/uplot.js", WEBJARS + "uplot/1.6.30/dist/uPlot.esm.js", JAVASCRIPT);
        add("/vendor/uplot.css", WEBJARS + "uplot/1.6.30/dist/uPlot.min.css", CSS);
        add("/vendor/pico.css", WEBJARS + "picocss__pico/2.1.1/css/pico.min.css", CSS);
    }

    /** A bare module name needs an import map, and that an inline script, which the security policy forbids; so it is made a path. */
    private static String linked(String script) {
        String linked = script.replace("from\"preact\"", "from\"/vendor/preact.js\"");
        if (linked.equals(script)) {
            throw new IllegalStateException("Preact's hooks do not import 'preact' as they used to.");
        }
        return linked;
    }

    private void add(String path, String resource, String type) {
        add(path, resource, type, text -> text);
    }

    private void add(String path, String resource, String type, UnaryOperator<String> edit) {
        try (InputStream in = open(resource)) {
            if (in == null) {
                throw new IllegalStateException("The console's file " + resource
                        + " is missing on the class path; its jar must stand beside this one.");
            }
            String text = edit.apply(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            String etag = '"' + HexFormat.of().formatHex(Token.sha256(text), 0, 12) + '"';
            assets.put(path, new Asset(text, type, etag));
        } catch (IOException e) {
            throw new IllegalStateException("The console's file " + resource + " cannot be read.", e);
        }
    }

    /** Ours are in this module; those of other jars are in none, and the class loader finds them. */
    private static @Nullable InputStream open(String resource) {
        return resource.startsWith(OURS)
                ? Assets.class.getResourceAsStream(resource)
                : Assets.class.getClassLoader().getResourceAsStream(resource.substring(1));
    }

    void addTo(Routes routes) {
        assets.forEach((path, asset) -> routes.get(path, ctx -> serve(ctx, asset), AccessControl.Access.ANYBODY));
    }

    private static void serve(Context ctx, Asset asset) {
        ctx.header("ETag", asset.etag()).header("Cache-Control", "no-cache");
        if (asset.etag().equals(ctx.header("If-None-Match"))) {
            ctx.status(304);
        } else {
            ctx.contentType(asset.type()).result(asset.text().getBytes(StandardCharsets.UTF_8));
        }
    }
}
