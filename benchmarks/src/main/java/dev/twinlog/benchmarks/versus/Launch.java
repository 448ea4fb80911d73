package dev.twinlog.benchmarks.versus;

import java.util.ArrayList;
import java.util.List;

/** The command line of a child JVM. */
record Launch(List<String> jvmArgs, String classPath, List<String> mainAndArgs) {
  Launch {
    jvmArgs = List.copyOf(jvmArgs);
    mainAndArgs = List.copyOf(mainAndArgs);
  }

  /** A main class of this jar, observed by {@link Probe}. */
  static Launch observed(List<String> jvmArgs, Class<?> main, String... args) {
    List<String> mainAndArgs = new ArrayList<>(List.of(Probe.class.getName(), main.getName()));
    mainAndArgs.addAll(List.of(args));
    return new Launch(jvmArgs, System.getProperty("java.class.path"), mainAndArgs);
  }

  /** The same program out of other jars, of another build for instance. */
  Launch withClassPath(String other) {
    return new Launch(jvmArgs, other, mainAndArgs);
  }

  Launch withJvmArgs(List<String> more) {
    List<String> all = new ArrayList<>(jvmArgs);
    all.addAll(more);
    return new Launch(all, classPath, mainAndArgs);
  }
}
