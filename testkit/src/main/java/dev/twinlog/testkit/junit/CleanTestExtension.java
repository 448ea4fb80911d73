package dev.twinlog.testkit.junit;

import dev.twinlog.testkit.internal.junit.RecentChildren;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The JUnit extension behind {@link CleanAfterEach}: looks for leaked threads and unexpected log
 * events.
 */
final class CleanTestExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(CleanTestExtension.class);
  private static final String NOT_CHECKED =
      "not checked: Logback is not the SLF4J binding of this class path";

  @Override
  public void beforeAll(ExtensionContext context) {
    store(context).put(key(context), new LeakedThreads());
    if (!canCapture()) {
      context.publishReportEntry("twinlog.logs", NOT_CHECKED);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    LeakedThreads threads = store(context).remove(key(context), LeakedThreads.class);
    if (threads != null) {
      failOn(threads.find(), "The test class " + context.getDisplayName());
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    RecentChildren.watch();
    LogCapture capture = new LogCapture();
    expectedLogs(context).forEach(capture::expect);
    store(context)
        .put(
            key(context),
            new Watch(
                new LeakedThreads(), capture, canCapture() ? LogbackTap.attach(capture) : null));
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    List<RecentChildren.Child> children = RecentChildren.unwatch();
    Watch watch = store(context).remove(key(context), Watch.class);
    if (watch == null) {
      return;
    }
    List<String> left = new ArrayList<>(watch.threads().find());
    if (watch.tap() != null) {
      watch.tap().close();
    }
    watch.capture().unexpected().forEach(line -> left.add("unexpected log event " + line));
    if (!left.isEmpty() || context.getExecutionException().isPresent()) {
      children.forEach(child -> System.err.println(child.describe("was used by a failing test")));
    }
    failOn(left, "The test " + context.getDisplayName());
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == LogCapture.class;
  }

  @Override
  public LogCapture resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Watch watch = store(context).get(key(context), Watch.class);
    if (watch == null) {
      throw new ParameterResolutionException(
          "a LogCapture is a parameter of a test, not of its class");
    }
    if (watch.tap() == null) {
      throw new ParameterResolutionException("no LogCapture: logs are " + NOT_CHECKED);
    }
    return watch.capture();
  }

  private static List<String> expectedLogs(ExtensionContext context) {
    List<String> expected = new ArrayList<>();
    AnnotationSupport.findAnnotation(context.getElement(), ExpectedLogs.class)
        .ifPresent(annotation -> expected.addAll(List.of(annotation.value())));
    for (Class<?> type = context.getTestClass().orElse(null);
        type != null;
        type = type.getEnclosingClass()) {
      AnnotationSupport.findAnnotation(type, ExpectedLogs.class)
          .ifPresent(annotation -> expected.addAll(List.of(annotation.value())));
    }
    return expected;
  }

  private static boolean canCapture() {
    ClassLoader loader = CleanTestExtension.class.getClassLoader();
    return Optional.ofNullable(loader)
            .map(l -> l.getResource("ch/qos/logback/classic/LoggerContext.class"))
            .isPresent()
        && LogbackTap.isBound();
  }

  private static void failOn(List<String> left, String who) {
    if (!left.isEmpty()) {
      String separator = System.lineSeparator() + "  ";
      throw new AssertionError(
          who + " leaves something behind:" + separator + String.join(separator, left));
    }
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }

  /**
   * A key for each context: a store also looks into its parents, so with one key a test would see
   * its class's values.
   */
  private static String key(ExtensionContext context) {
    return context.getUniqueId();
  }

  private record Watch(LeakedThreads threads, LogCapture capture, @Nullable AutoCloseable tap) {}
}
