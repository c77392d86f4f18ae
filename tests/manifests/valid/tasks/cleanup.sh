echo "cleanup.sh $* in $(basename "$PWD")"
