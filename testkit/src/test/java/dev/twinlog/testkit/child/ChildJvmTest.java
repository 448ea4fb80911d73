package dev.twinlog.testkit.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.internal.child.ChildMain;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Tests child JVMs: input and output lines, signals, class path and arguments. */
final class ChildJvmTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Test
  void awaitLine_talksWithTheChildUntilItEnds() {
    try (ChildJvm child = echo("a", "b")) {
      assertThat(child.awaitLine(line -> line.startsWith("ready"), LIMIT)).isEqualTo("ready a b");
      child.send("one");
      child.send("two");
      assertThat(child.awaitLine(line -> line.contains("two"), LIMIT)).isEqualTo("echo two");

      assertThatIllegalStateException()
          .isThrownBy(() -> child.awaitLine(line -> line.contains("one"), Duration.ofMillis(50)))
          .withMessageContaining("did not print the awaited line in 50 ms, still alive")
          .withMessageContaining("echo one");

      child.send("end");
      assertThatIllegalStateException()
          .isThrownBy(() -> child.awaitLine(line -> false, LIMIT))
          .withMessageContaining("ended without the awaited line")
          .withMessageContaining("to be kept, not awaited");
      await().until(() -> child.exitStatus().isPresent());
      assertThat(child.exitStatus()).hasValue(7);
    }
  }

  @Test
  void kill_endsTheChildAtOnce() {
    try (ChildJvm child = echo()) {
      child.awaitLine(line -> line.startsWith("ready"), LIMIT);
      child.kill();

      assertThat(child.isAlive()).isFalse();
      assertThat(child.exitStatus()).isNotEmpty();
      assertThatThrownBy(() -> child.send("anybody?")).isInstanceOf(IllegalStateException.class);
      assertThatIllegalStateException()
          .isThrownBy(child::freeze)
          .withMessageContaining("it has ended");
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void freeze_stopsTheChildUntilThaw() {
    try (ChildJvm child = echo()) {
      child.awaitLine(line -> line.startsWith("ready"), LIMIT);
      child.freeze();
      child.send("one");

      assertThatIllegalStateException()
          .isThrownBy(
              () -> child.awaitLine(line -> line.equals("echo one"), Duration.ofMillis(300)))
          .withMessageContaining("still alive");
      child.thaw();
      assertThat(child.awaitLine(line -> line.equals("echo one"), LIMIT)).isNotEmpty();
    }
  }

  @Test
  void childMain_haltsWhenItsInputEnds() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ChildMain.class.getName(),
                EchoMain.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      child.getOutputStream().close();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).isEqualTo(ChildMain.PARENT_GONE);
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void classPath_isTheChildsOwn() {
    try (ChildJvm child =
        ChildJvm.builder(EchoMain.class.getName())
            .classPath(java.util.List.of(Path.of("no-such.jar")))
            .start()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> child.awaitLine(line -> true, LIMIT))
          .withMessageContaining("ClassNotFoundException: " + EchoMain.class.getName());
    }
  }

  @Test
  void standalone_addsNothingToTheChild() throws Exception {
    Path classes =
        Path.of(PropertyMain.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (ChildJvm child =
        ChildJvm.builder(PropertyMain.class.getName())
            .standalone()
            .classPath(java.util.List.of(classes))
            .args("java.class.path", "sun.java.command")
            .start()) {
      assertThat(child.awaitLine(line -> true, LIMIT)).isEqualTo(classes.toString());
      assertThat(child.awaitLine(line -> true, LIMIT)).startsWith(PropertyMain.class.getName());
    }
  }

  @Test
  void jvmArgs_reachTheJvm() throws Exception {
    Path argumentFile = Files.createTempFile("child-jvm", ".args");
    try {
      Files.writeString(argumentFile, "-Dsaid=much", StandardCharsets.UTF_8);
      try (ChildJvm child =
          ChildJvm.builder(PropertyMain.class.getName())
              .jvmArgs("@" + argumentFile)
              .args("said")
              .start()) {
        assertThat(child.awaitLine(line -> true, LIMIT)).isEqualTo("much");
      }
    } finally {
      Files.delete(argumentFile);
    }
  }

  /** Runs in a child JVM: prints the system properties that its arguments name. */
  public static final class PropertyMain {
    private PropertyMain() {}

    public static void main(String[] args) {
      for (String name : args) {
        System.out.println(System.getProperty(name));
      }
    }
  }

  private static ChildJvm echo(String... args) {
    return ChildJvm.builder(EchoMain.class.getName()).args(args).start();
  }
}
