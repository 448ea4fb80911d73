package dev.twinlog.internal.engine.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.StateMetrics;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The engine calls the user's metrics through {@link GuardedMetrics} only. */
final class GuardedMetricsTest {
  @Test
  void everyMethod_isPassedOn_alsoThoseWithADefault() {
    assertThat(methods(GuardedMetrics.class.getDeclaredMethods()))
        .containsAll(methods(StateMetrics.class.getMethods()).toList());
  }

  private static Stream<String> methods(Method[] all) {
    return Arrays.stream(all)
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .map(method -> method.getName() + Arrays.toString(method.getParameterTypes()));
  }
}
