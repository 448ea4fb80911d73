package dev.twinlog.testkit.quickstart;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Detects whether the standard output is a terminal, and what it can display. */
final class Terminal {
  private Terminal() {}

  /** The screen for this output. */
  static Screen screen() {
    if (isTerminal() && wantsControlCodes(System.getenv())) {
      Charset charset = charset();
      PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, charset);
      return new LiveScreen(out, new View(charset.equals(StandardCharsets.UTF_8)));
    }
    return new PlainScreen(System.out);
  }

  /** Whether the environment variables allow control codes. */
  static boolean wantsControlCodes(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb");
  }

  @SuppressWarnings("SystemConsoleNull") // Enough before JDK 22; later isTerminal() is used.
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  /** The terminal's charset, which can differ from the default one. */
  private static Charset charset() {
    for (String property :
        new String[] {"stdout.encoding", "sun.stdout.encoding", "native.encoding"}) {
      @Nullable String name = System.getProperty(property);
      if (name != null && Charset.isSupported(name)) {
        return Charset.forName(name);
      }
    }
    return Charset.defaultCharset();
  }
}
