"""What a week builds beside the compiler: a calculator, kernels, schedules. One package for each."""
