package dev.twinlog.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the README's example as it is printed there, and runs it against two real clusters. */
@TwinClusters(dedicated = true) // the example copies all topics of a pattern
final class ReadmeExampleIT {
  private static final Pattern EXAMPLE =
      Pattern.compile("```java\\R(.*?class MirrorOrders .*?)```", Pattern.DOTALL);

  @TempDir Path directory;

  @Test
  void exampleCompilesAndCopies(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    assertThat(topic).startsWith("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of());
    source.sendNumbered(topic, 200);

    compile(example());
    run(twin.source().bootstrapServers(), twin.target().bootstrapServers());

    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  private static String example() throws IOException {
    Matcher example = EXAMPLE.matcher(Files.readString(Repository.root().resolve("README.md")));
    assertThat(example.find()).as("README.md has the example MirrorOrders").isTrue();
    return example.group(1);
  }

  private void compile(String code) throws IOException {
    Path file = Files.writeString(directory.resolve("MirrorOrders.java"), code);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of("-d", directory.toString(), "--release", "17"),
                  null,
                  files.getJavaFileObjects(file))
              .call();
      assertThat(compiled).as("%s", messages).isTrue();
    }
  }

  private void run(String... args) throws Exception {
    URL[] path = {directory.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path, getClass().getClassLoader())) {
      Method main = loader.loadClass("MirrorOrders").getMethod("main", String[].class);
      main.invoke(null, (Object) args);
    }
  }
}
