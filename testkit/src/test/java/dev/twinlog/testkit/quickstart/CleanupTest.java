package dev.twinlog.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests that {@link Cleanup} closes resources in reverse order, even if some fail. */
final class CleanupTest {
  private final List<String> closed = new ArrayList<>();
  private final Cleanup cleanup = new Cleanup();

  @Test
  void close_closesTheLastFirst_onceOnly() {
    cleanup.add(() -> closed.add("first"));
    cleanup.add(() -> closed.add("second"));

    cleanup.close();
    cleanup.close();

    assertThat(closed).containsExactly("second", "first");
  }

  @Test
  void close_whenSomethingFails_closesTheRestAndTellsTheFirstFailure() {
    cleanup.add(() -> closed.add("first"));
    cleanup.add(
        () -> {
          throw new IllegalArgumentException("later");
        });
    cleanup.add(
        () -> {
          throw new IllegalArgumentException("sooner");
        });

    assertThatIllegalStateException()
        .isThrownBy(cleanup::close)
        .withMessageContaining("sooner")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(closed).containsExactly("first");
  }

  @Test
  void close_ofAnInterruptedThread_isNotInterruptedButStaysSo() {
    cleanup.add(() -> closed.add("interrupted: " + Thread.currentThread().isInterrupted()));

    Thread.currentThread().interrupt();
    cleanup.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(closed).containsExactly("interrupted: false");
  }
}
