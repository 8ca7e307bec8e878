package dev.turnout.examples.readme;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** What the sources of the libraries have to say, for pages that are made of them. */
final class SourceTrees {
    /** A step of a builder. */
    record Step(String call, String javadoc) {}

    /** A builder with its steps in the order of the source. */
    record Builder(String name, List<Step> steps) {}

    /** A line of a log; what differs from case to case is written as three dots. */
    record LogLine(String level, String text, String logger) {}

    private static final Set<String> LEVELS = Set.of("error", "warn", "info");

    private final List<Builder> builders = new ArrayList<>();
    private final List<LogLine> logLines = new ArrayList<>();

    private SourceTrees() {}

    static SourceTrees of(List<Path> roots) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        SourceTrees found = new SourceTrees();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            List<Path> sources = roots.stream().flatMap(SourceTrees::sources).toList();
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(sources));
            DocTrees docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                found.new Scanner(docs, unit).scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static Stream<Path> sources(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files
                    .filter(file -> file.toString().endsWith(".java") && !file.endsWith("module-info.java"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Builder> builders() {
        return builders;
    }

    List<LogLine> logLines() {
        return logLines;
    }

    private final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final DocTrees docs;
        private final CompilationUnitTree unit;

        Scanner(DocTrees docs, CompilationUnitTree unit) {
            this.docs = docs;
            this.unit = unit;
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
            boolean isPublic = type.getModifiers().getFlags().contains(Modifier.PUBLIC);
            if (isPublic && type.getSimpleName().toString().endsWith("Builder")) {
                builders.add(new Builder(qualified(type), steps(type)));
            }
            return super.visitClass(type, null);
        }

        private String qualified(ClassTree type) {
            Tree around = getCurrentPath().getParentPath().getLeaf();
            String outer = around instanceof ClassTree enclosing ? enclosing.getSimpleName() + "." : "";
            return outer + type.getSimpleName();
        }

        private List<Step> steps(ClassTree type) {
            List<Step> steps = new ArrayList<>();
            for (Tree member : type.getMembers()) {
                if (member instanceof MethodTree method
                        && method.getModifiers().getFlags().contains(Modifier.PUBLIC)
                        && method.getReturnType() != null
                        && method.getReturnType()
                                .toString()
                                .replaceAll("<.*", "")
                                .contentEquals(type.getSimpleName())) {
                    DocCommentTree doc = docs.getDocCommentTree(new TreePath(getCurrentPath(), method));
                    steps.add(new Step(call(method), doc == null ? "" : JavadocText.of(doc)));
                }
            }
            return steps;
        }

        private String call(MethodTree method) {
            return method.getName()
                    + method.getParameters().stream()
                            .map(parameter -> parameter.toString().replaceAll("@\\S+ |final ", ""))
                            .collect(Collectors.joining(", ", "(", ")"));
        }

        @Override
        public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void nothing) {
            if (call.getMethodSelect() instanceof MemberSelectTree select
                    && select.getExpression().toString().equals("log")
                    && LEVELS.contains(select.getIdentifier().toString())) {
                text(call.getArguments().get(0))
                        .filter(text -> !text.equals("{}"))
                        .ifPresent(text -> logLines.add(
                                new LogLine(select.getIdentifier().toString(), text.replace("{}", "…"), logger())));
            }
            return super.visitMethodInvocation(call, null);
        }

        private String logger() {
            ClassTree type = (ClassTree) unit.getTypeDecls().get(0);
            return unit.getPackageName() + "." + type.getSimpleName();
        }

        /** A constant text; what is not constant in it is three dots. Empty if nothing of it is. */
        private static Optional<String> text(ExpressionTree expression) {
            if (expression instanceof LiteralTree literal && literal.getValue() instanceof String text) {
                return Optional.of(text);
            }
            if (expression instanceof BinaryTree plus && plus.getKind() == Tree.Kind.PLUS) {
                Optional<String> left = text(plus.getLeftOperand());
                Optional<String> right = text(plus.getRightOperand());
                return left.isEmpty() && right.isEmpty()
                        ? Optional.empty()
                        : Optional.of(left.orElse("…") + right.orElse("…"));
            }
            return Optional.empty();
        }
    }
}
