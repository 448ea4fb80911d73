package dev.twinlog.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.child.EchoMain;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.slf4j.LoggerFactory;

/**
 * Tests {@code CleanAfterEach} by running test classes that leak threads or log warnings through
 * JUnit's launcher.
 */
final class CleanAfterEachTest {
  private static final String INNER = "dev.twinlog.testkit.inner";

  @Test
  void aTestFailsForWhatItLeavesBehind() {
    Map<String, Throwable> failures = run(Untidy.class);

    assertThat(failures)
        .containsOnlyKeys("leaksAThread()", "warns()", "warnsTwice(LogCapture)", "failsByItself()");
    assertThat(failures.get("leaksAThread()"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("The test leaksAThread() leaves something behind:")
        .hasMessageContaining("leaked thread twinlog-orders-reader")
        .hasMessageContaining("java.util.concurrent.CountDownLatch.await");
    assertThat(failures.get("warns()"))
        .hasMessageContaining("unexpected log event ERROR dev.twinlog.demo: lost all")
        .hasMessageContaining("java.lang.IllegalStateException: because");
    assertThat(failures.get("warnsTwice(LogCapture)"))
        .hasMessageContaining("second")
        .hasMessageNotContaining("first");
    assertThat(failures.get("failsByItself()")).hasMessage("my own");
    assertThat(failures.get("failsByItself()").getSuppressed()).hasSize(1);
  }

  @Test
  void aTestThatCleansUpPasses() {
    assertThat(run(Tidy.class)).isEmpty();
  }

  @Test
  void aClassFailsForAThreadOfItsOwn() {
    Map<String, Throwable> failures = run(UntidyClass.class);
    assertThat(failures).hasSize(1);
    assertThat(failures.values().iterator().next())
        .hasMessageContaining("The test class")
        .hasMessageContaining("twinlog-of-the-class");
  }

  @Test
  void aFailingTestShowsWhatItsChildrenPrinted() {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      run(WithAChild.class);
    } finally {
      System.setErr(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("child JVM EchoMain")
        .contains("was used by a failing test")
        .contains("ready for this");
  }

  private static Map<String, Throwable> run(Class<?> testClass) {
    Map<String, Throwable> failures = new ConcurrentHashMap<>();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(testClass))
            .build();
    System.setProperty(INNER, "true");
    try {
      LauncherFactory.create()
          .execute(
              request,
              new TestExecutionListener() {
                @Override
                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                  result.getThrowable().ifPresent(e -> failures.put(test.getDisplayName(), e));
                }
              });
    } finally {
      System.clearProperty(INNER);
    }
    return failures;
  }

  private static Thread thread(String name, CountDownLatch end) {
    Thread thread =
        new Thread(
            () -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @CleanAfterEach
  @EnabledIfSystemProperty(named = INNER, matches = "true")
  static final class Untidy {
    private static final CountDownLatch END = new CountDownLatch(1);

    @AfterAll
    static void endThreads() {
      END.countDown();
    }

    @Test
    void leaksAThread() {
      thread("twinlog-orders-reader", END);
    }

    @Test
    void warns() {
      LoggerFactory.getLogger("dev.twinlog.demo")
          .error("lost {}", "all", new IllegalStateException("because"));
    }

    @Test
    void warnsTwice(LogCapture logs) {
      logs.expect("^WARN dev\\.twinlog\\.demo: first$");
      LoggerFactory.getLogger("dev.twinlog.demo").warn("first");
      LoggerFactory.getLogger("dev.twinlog.demo").warn("second");
    }

    @Test
    void failsByItself() {
      LoggerFactory.getLogger("dev.twinlog.demo").warn("not alone");
      throw new IllegalArgumentException("my own");
    }
  }

  @CleanAfterEach
  @ExpectedLogs("of the class")
  @EnabledIfSystemProperty(named = INNER, matches = "true")
  static final class Tidy {
    private static final CountDownLatch END = new CountDownLatch(1);
    private static Thread ofTheClass;
    private final CountDownLatch end = new CountDownLatch(1);

    @BeforeAll
    static void startThread() {
      ofTheClass = thread("twinlog-of-the-class", END);
    }

    @AfterAll
    static void endThread() {
      END.countDown();
    }

    @AfterEach
    void endThreads() {
      end.countDown();
    }

    @Test
    void threadsThatEndAreNotLeaks() {
      thread("twinlog-orders-reader", end);
      thread("other-thread", END);
      assertThat(ofTheClass.isAlive()).isTrue();
    }

    @Test
    @ExpectedLogs({"lost \\w+", "cause"})
    void expectedEventsAreAllowed(LogCapture logs) {
      LoggerFactory.getLogger("dev.twinlog.demo").warn("lost all");
      LoggerFactory.getLogger("dev.twinlog.demo").error("of the class");
      LoggerFactory.getLogger("dev.twinlog.demo").info("fine");
      LoggerFactory.getLogger("com.example").warn("not ours");
      assertThat(logs.lines())
          .containsExactly(
              "WARN dev.twinlog.demo: lost all", "ERROR dev.twinlog.demo: of the class");
    }
  }

  @CleanAfterEach
  @EnabledIfSystemProperty(named = INNER, matches = "true")
  static final class UntidyClass {
    private static final CountDownLatch END = new CountDownLatch(1);

    @BeforeAll
    static void startThread() {
      thread("twinlog-of-the-class", END);
    }

    @Test
    void passes() {
      assertThat(List.of()).isEmpty();
    }
  }

  @CleanAfterEach
  @EnabledIfSystemProperty(named = INNER, matches = "true")
  static final class WithAChild {
    @Test
    void fails() {
      try (ChildJvm child =
          ChildJvm.builder(EchoMain.class.getName()).args("for", "this").start()) {
        child.awaitLine(line -> line.startsWith("ready"), Duration.ofSeconds(30));
      }
      throw new IllegalArgumentException("on purpose");
    }
  }
}
